import {getTranslations} from "next-intl/server";
import {LinkButton} from "@/components/link-button";
import {Actions, Page} from "@/components/page";
import type {ApiError} from "@/lib/api";
import {Retry} from "./retry";

/**
 * A page that can't be shown, and why. Rendered on the server, unlike an error
 * boundary, so that it is there without JavaScript too.
 */
export async function Trouble({error}: {error: ApiError}) {
  const t = await getTranslations("errors");
  const kind = error.status === 403 ? "forbidden" : error.away ? "away" : "broken";
  return (
    <Page narrow title={t(kind)} lead={t(`${kind}Hint`)}>
      <title>{t(kind)}</title>
      <Actions>
        {kind !== "forbidden" && <Retry>{t("retry")}</Retry>}
        <LinkButton href="/" variant="default">
          {t("home")}
        </LinkButton>
      </Actions>
      {error.requestId && <Reference>{t("reference", {id: error.requestId})}</Reference>}
    </Page>
  );
}

function Reference({children}: {children: string}) {
  return (
    <p style={{marginTop: "2rem", color: "var(--faint)", fontSize: "0.875rem", overflowWrap: "anywhere"}}>
      {children}
    </p>
  );
}
