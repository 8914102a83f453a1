"use client";

import {useMutation} from "@tanstack/react-query";
import {useRouter} from "next/navigation";
import {useTranslations} from "next-intl";
import {useState} from "react";
import {Confirm} from "@/components/confirm";
import {useErrorMessage} from "@/components/live/use-error-message";
import {ApiError, type Ticket} from "@/lib/api";
import {api} from "@/lib/api/browser";
import {withdrawTicket} from "./actions";

type Props = {
  ticket: Pick<Ticket, "id" | "title" | "status">;
  /** The id of what has the focus once there is nothing more to be taken off sale. */
  next: string;
};

/** Takes a ticket off sale, after having asked. */
export function Withdraw({ticket: {id, title, status}, next}: Props) {
  const t = useTranslations("listings.withdraw");
  const message = useErrorMessage();
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const withdraw = useMutation({
    mutationFn: () => api.DELETE("/api/tickets/{id}", {params: {path: {id}}}),
    // Refused or not: how it stands now is what one wants to see.
    onSettled: () => router.refresh(),
  });
  const possible = status === "available" || status === "past";
  if (!possible && !open && withdraw.isIdle) return null;
  // Whoever is being asked does not see the question vanish, but what has happened.
  const moot = possible || withdraw.isPending || withdraw.isSuccess ? undefined : t(status);
  return (
    <Confirm
      label={t("ask")}
      name={t("askOf", {title})}
      size="sm"
      title={t("title")}
      text={t("text")}
      yes={t("yes")}
      no={t("no")}
      action={withdrawTicket}
      values={{ticket: id}}
      pending={withdraw.isPending}
      error={withdraw.error && (whyNot(withdraw.error, t) ?? message(withdraw.error))}
      moot={moot}
      close={t("close")}
      next={next}
      onOpen={() => setOpen(true)}
      onClose={() => {
        setOpen(false);
        withdraw.reset();
      }}
      onConfirm={() =>
        withdraw.mutateAsync().then(
          () => true,
          () => false,
        )
      }
    />
  );
}

function whyNot(error: unknown, t: ReturnType<typeof useTranslations<"listings.withdraw">>): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  // It is taken off sale in one place, and whether somebody has just bought it is asked in another.
  if (error.status === 0 || error.status >= 500) return t("unsure");
  if (error.status !== 409) return undefined;
  return error.code === "reserved" || error.code === "sold" ? t(error.code) : undefined;
}
