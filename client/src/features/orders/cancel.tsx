"use client";

import {useMutation} from "@tanstack/react-query";
import {useTranslations} from "next-intl";
import {Confirm} from "@/components/confirm";
import {useErrorMessage} from "@/components/live/use-error-message";
import {ApiError} from "@/lib/api";
import {api} from "@/lib/api/browser";
import {cancelOrder} from "./actions";

type Props = {orderId: string; onDone: () => Promise<unknown>};

export function CancelOrder({orderId, onDone}: Props) {
  const t = useTranslations("order.cancel");
  const message = useErrorMessage();
  const cancel = useMutation({
    mutationFn: () => api.DELETE("/api/orders/{id}", {params: {path: {id: orderId}}}),
    // Refused or not: how it stands now is what one wants to see.
    onSettled: onDone,
  });
  const paying = cancel.error instanceof ApiError && cancel.error.status === 409;
  return (
    <Confirm
      label={t("ask")}
      title={t("title")}
      text={t("text")}
      yes={t("yes")}
      no={t("no")}
      action={cancelOrder}
      values={{order: orderId}}
      pending={cancel.isPending}
      error={cancel.error && (paying ? t("paying") : message(cancel.error))}
      onConfirm={() =>
        cancel.mutateAsync().then(
          () => true,
          () => false,
        )
      }
    />
  );
}
