import {created, offer, seller} from "./shop.ts";

const acts = ["Berliner Nacht", "The Long Now", "Hamlet", "Die Zauberflöte", "Cup Final", "Stand-up Late", "Winter Fair", "Open Air"];
const cities = ["Berlin", "Hamburg", "Köln", "München", "Wien"];
const categories = ["concert", "concert", "theatre", "musical", "sports", "comedy", "exhibition", "festival"];

/** Fills the shop with more than a page of tickets, of every kind. */
export default async function seed(): Promise<void> {
  const api = await seller();
  for (let i = 0; i < 60; i++) {
    await created(api, "/api/tickets", offer(`${acts[i % 8]} ${i + 1}`, {
      price: 15 + i * 2.5, originalPrice: i % 3 ? undefined : 30 + i * 2.5, city: cities[i % 5], category: categories[i % 8],
      startsAt: new Date(Date.now() + (7 + i) * 86_400_000).toISOString(), quantity: 1 + (i % 3),
    }));
  }
  await api.dispose();
}
