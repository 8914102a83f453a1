// English that was left on a page in another language.
import {readFileSync} from "node:fs";
import type {Page} from "@playwright/test";

type Messages = {[key: string]: string | Messages};

function messages(locale: string): string[] {
  const all = (part: Messages): string[] => Object.values(part).flatMap((each) => (typeof each === "string" ? [each] : all(each)));
  return all(JSON.parse(readFileSync(`../../client/messages/${locale}.json`, "utf8")) as Messages);
}

/** What a message can come to, as patterns: each form of a plural, a number for #, and anything where something is filled in. */
function patterns(message: string): string[] {
  const forms = [...message.matchAll(/(?:=\d+|one|other) \{([^{}]*)\}/g)].map(([, form]) => form!);
  const literal = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return (forms.length > 0 ? forms : [message]).map((form) => form.split(/\{\w+\}/).map(literal).join(".+").replaceAll("#", "[\\d.,]+"));
}

const german = new Set(messages("de").flatMap(patterns));
const english = [...new Set(messages("en").flatMap(patterns))]
  .filter((pattern) => !german.has(pattern))
  .map((pattern) => new RegExp(`^${pattern}$`, "u"));

/**
 * What stands on the page, or is read out, and is a message in English that is another one
 * in German. What tests sell must not be called like a message.
 */
export async function englishOn(page: Page): Promise<string[]> {
  const texts = await page.evaluate(() => {
    const found = document.title.split(" – ");
    const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const {data, parentElement} = walker.currentNode as Text;
      if (!parentElement?.closest("script, style, noscript")) found.push(...data.split(/\s· /));
    }
    for (const name of ["aria-label", "placeholder", "title", "alt"]) {
      document.querySelectorAll(`[${name}]`).forEach((element) => found.push(element.getAttribute(name)!));
    }
    return found.map((text) => text.trim());
  });
  return [...new Set(texts)].filter((text) => english.some((pattern) => pattern.test(text)));
}
