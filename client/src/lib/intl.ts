/** Making a formatter costs more than twenty times what using it does, so one is made once for each way to write. */
export const numberFormat = once((locale, options?: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options));

/** As numberFormat, for moments. It throws a RangeError for a zone that this runtime does not know. */
export const dateTimeFormat = once(
  (locale, options?: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options),
);

/** How many are kept: more than the locales, currencies and zones of a page can be, fewer than anybody can ask for. */
const most = 500;

/** Keeps what was made, until there is too much of it: a zone can be spelled in many ways. */
function once<Options, Format>(make: (locale: string, options?: Options) => Format): typeof make {
  const made = new Map<string, Format>();
  return (locale, options) => {
    const key = JSON.stringify([locale, options]);
    let format = made.get(key);
    if (!format) {
      format = make(locale, options);
      if (made.size >= most) made.clear();
      made.set(key, format);
    }
    return format;
  };
}
