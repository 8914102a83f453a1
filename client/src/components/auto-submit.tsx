"use client";

import {useEffect, useRef} from "react";

/**
 * Submits the form that it is in when something was chosen. Without JavaScript there
 * is the button, and it stays for those who fill in a form by keyboard first. What is
 * left empty is not sent.
 */
export function AutoSubmit({label, className}: {label: string; className?: string}) {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const form = button.current?.form;
    const submit = ({target}: Event) => {
      // Chrome tells of a change with each digit of a year: 0002, 0020, 0202.
      if (target instanceof HTMLInputElement && target.type === "date" && target.value.startsWith("0")) return;
      form?.requestSubmit();
    };
    const thin = ({formData}: FormDataEvent) => {
      for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
    };
    form?.addEventListener("change", submit);
    form?.addEventListener("formdata", thin);
    return () => {
      form?.removeEventListener("change", submit);
      form?.removeEventListener("formdata", thin);
    };
  }, []);
  return (
    <button ref={button} type="submit" className={className}>
      {label}
    </button>
  );
}
