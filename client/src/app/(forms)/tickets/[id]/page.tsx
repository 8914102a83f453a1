import type {Metadata} from "next";
import Link from "next/link";
import {getTranslations} from "next-intl/server";
import {guarded} from "@/components/errors/guard";
import {Interactive} from "@/components/live/interactive";
import {Page} from "@/components/page";
import {currentUser} from "@/features/auth/session";
import {loadSimilar, loadTicket} from "@/features/tickets/catalogue";
import {TicketFacts, TicketHead} from "@/features/tickets/details";
import {TicketList} from "@/features/tickets/list";
import {Offer} from "@/features/tickets/offer/offer";
import {loadOwnOrder} from "@/features/tickets/own-order";
import {ApiError} from "@/lib/api";
import classes from "./ticket.module.css";

export async function generateMetadata({params}: PageProps<"/tickets/[id]">): Promise<Metadata> {
  const {id} = await params;
  try {
    const {title, venue, city, status, description} = await loadTicket(id);
    const place = [venue, city].filter(Boolean).join(", ");
    return {
      title: place ? `${title}, ${place}` : title,
      ...(description && {description: description.slice(0, 200)}),
      openGraph: {title, type: "website"},
      robots: {index: status === "available"},
    };
  } catch (error) {
    if (error instanceof ApiError) return {}; // the page itself says what is wrong
    throw error;
  }
}

export default async function TicketPage({params}: PageProps<"/tickets/[id]">) {
  const {id} = await params;
  return guarded(async () => {
    const [t, ticket, user] = await Promise.all([getTranslations("ticket"), loadTicket(id), currentUser()]);
    const [similar, order] = await Promise.all([loadSimilar(ticket, 6), user ? loadOwnOrder(ticket) : null]);
    return (
      <Page>
        <p className={classes.back}>
          <Link href="/" prefetch={false}>
            ← {t("back")}
          </Link>
        </p>
        <article className={classes.ticket}>
          <TicketHead ticket={ticket} />
          {/* On a phone what it costs comes before what there is to read. */}
          <div className={classes.offer}>
            <Interactive messages={["ticket", "status"]}>
              <Offer given={ticket} order={order} userId={user?.id} similar={similar.length > 0} />
            </Interactive>
          </div>
          <TicketFacts ticket={ticket} />
        </article>
        {similar.length > 0 && (
          <section aria-labelledby="similar" className={classes.similar}>
            <h2 id="similar">{t("similar")}</h2>
            <TicketList tickets={similar} label={t("similar")} level={3} />
          </section>
        )}
      </Page>
    );
  });
}
