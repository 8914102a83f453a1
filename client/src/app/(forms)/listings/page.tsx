import type {Metadata} from "next";
import {getTranslations} from "next-intl/server";
import {guarded} from "@/components/errors/guard";
import {Interactive} from "@/components/live/interactive";
import {Page} from "@/components/page";
import {requireUser} from "@/features/auth/session";
import {ListingList} from "@/features/tickets/listings/list";
import {loadListings} from "@/features/tickets/listings/load";
import {listingsPath, readListings} from "@/features/tickets/listings/query";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("listings");
  return {title: t("title"), robots: {index: false}};
}

export default function ListingsPage({searchParams}: PageProps<"/listings">) {
  return guarded(async () => {
    const params = await searchParams;
    const query = readListings(params);
    await requireUser(listingsPath(query));
    const [t, listings] = await Promise.all([getTranslations("listings"), loadListings(query)]);
    return (
      <Page title={t("title")}>
        <Interactive messages={["listings"]}>
          <ListingList
            {...listings}
            status={query.status}
            first={!query.cursor}
            withdrawFailed={params.problem === "withdraw"}
          />
        </Interactive>
      </Page>
    );
  }, "/listings");
}
