/** Making a formatter costs a hundred times what using it does, so one is made once for each way to write. */
export const numberFormat = once((locale, options?: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options));

/** As numberFormat, for moments. It throws a RangeError for a zone that this runtime does not know. */
export const dateTimeFormat = once(
  (locale, options?: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options),
);

/** Keeps what was made. The ways to write are few: those of the locales, currencies and zones. */
function once<Options, Format>(make: (locale: string, options?: Options) => Format): typeof make {
  const made = new Map<string, Format>();
  return (locale, options) => {
    const key = JSON.stringify([locale, options]);
    let format = made.get(key);
    if (!format) made.set(key, (format = make(locale, options)));
    return format;
  };
}
