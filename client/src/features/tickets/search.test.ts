import {expect, test} from "vitest";
import {hasWord} from "./search";

test.each(["opera", "歌舞伎", "3", "!a!"])("%s can be looked for", (text) => expect(hasWord(text)).toBe(true));

test.each(["", "!!!", "– · …", "🎟️"])("%s can't be looked for", (text) => expect(hasWord(text)).toBe(false));
