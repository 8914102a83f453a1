// Every page of the shop, for what is looked at on each of them.
import {created, listed, offer, ordered, type Person} from "./shop.ts";

export type Sight = {
  name: string;
  signedIn?: boolean;
  status?: number;
  /** Where it is, once what is to be seen there has been made. */
  path: (who: Person) => Promise<string>;
};

const at = (path: string) => async () => path;

export const sights: Sight[] = [
  {name: "home", path: at("/")},
  {name: "home-search", path: at("/?q=berliner&sort=price&city=Berlin")},
  {name: "home-nothing", path: at("/?q=nosuchthing")},
  {name: "ticket", path: async () => `/tickets/${await listed("A ticket to look at")}`},
  {name: "signin", path: at("/signin?to=/account&why=ended")},
  {name: "signup", path: at("/signup")},
  {name: "account", signedIn: true, path: at("/account")},
  {name: "checkout", signedIn: true, path: async (who) => `/orders/${await ordered(who, await listed("To be paid"))}/pay`},
  {name: "order", signedIn: true, path: async (who) => `/orders/${await ordered(who, await listed("Reserved"))}`},
  {
    name: "orders", signedIn: true, path: async (who) => {
      await ordered(who, await listed("One of mine"));
      await ordered(who, await listed("Another of mine"));
      return "/orders";
    },
  },
  {name: "orders-none", signedIn: true, path: at("/orders")},
  {name: "sell", signedIn: true, path: at("/sell")},
  {name: "listings-none", signedIn: true, path: at("/listings")},
  {
    name: "listings", signedIn: true, path: async (who) => {
      for (const title of ["One of my listings", "Another of my listings"]) await created(who.api, "/api/tickets", offer(title));
      return "/listings";
    },
  },
  {
    name: "edit", signedIn: true, path: async (who) => {
      const {id} = await created(who.api, "/api/tickets", offer("A listing to be edited"));
      return `/listings/${id}/edit`;
    },
  },
  {name: "offline", path: at("/offline")},
  {name: "not-found", status: 404, path: at("/nowhere")},
];
