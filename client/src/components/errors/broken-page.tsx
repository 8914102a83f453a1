"use client";

import {createContext, use, type ReactNode} from "react";
import {buttonLook} from "@/components/button-look";
import {Actions, Page} from "@/components/page";
import {readDigest} from "@/lib/api";

/** What an error page says. It can't ask the server, so the layout gives it beforehand. */
export type ErrorWords = {broken: string; brokenHint: string; retry: string; home: string; reference: string};

const Words = createContext<ErrorWords | null>(null);

export function ErrorWordsProvider({words, children}: {words: ErrorWords; children: ReactNode}) {
  return <Words value={words}>{children}</Words>;
}

type Props = {error: Error & {digest?: string}; retry: () => void};

export function BrokenPage({error, retry}: Props) {
  const words = use(Words);
  const reference = readDigest(error.digest).requestId ?? error.digest;
  if (!words) return null;
  return (
    <Page narrow title={words.broken} lead={words.brokenHint}>
      <Actions>
        <button type="button" onClick={retry} {...buttonLook()}>
          {words.retry}
        </button>
        {/* A whole new page: what is loaded may be what is broken. */}
        {/* eslint-disable-next-line @next/next/no-html-link-for-pages */}
        <a href="/" {...buttonLook({variant: "default"})}>
          {words.home}
        </a>
      </Actions>
      {reference && <p>{words.reference.replace("{id}", reference)}</p>}
    </Page>
  );
}
