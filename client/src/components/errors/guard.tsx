import {notFound, redirect} from "next/navigation";
import type {ReactNode} from "react";
import {answerWith} from "@/lib/answer-status";
import {ApiError} from "@/lib/api";
import {Trouble} from "./trouble";

/**
 * Makes a page of what the API answered, also when that is no for an answer. A 404
 * is the page that is not found; what is not the API's is a defect, and thrown on. The
 * page answers with what it says: 403, 503, or 500. Where an old address can make no
 * sense any more, plain is the page to go to instead.
 */
export async function guarded(render: () => Promise<ReactNode>, plain?: string): Promise<ReactNode> {
  try {
    return await render();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 404) notFound();
    if (error.status === 400 && plain) redirect(plain);
    answerWith(error.status === 403 ? 403 : error.away ? 503 : 500, error.away ? (error.retryAfter ?? 2) : undefined);
    return <Trouble error={error} />;
  }
}
