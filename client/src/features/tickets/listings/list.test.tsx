import {fireEvent, screen, waitFor, within} from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import {beforeEach, expect, test, vi} from "vitest";
import {anApi, problem} from "../../../../test/api";
import {renderPage} from "../../../../test/render";
import {aStream, aTicket} from "../../../../test/tickets";
import {QueryProvider} from "@/components/live/query-provider";
import type {Ticket} from "@/lib/api";
import {ListingList} from "./list";

vi.mock("./actions", () => ({withdrawTicket: vi.fn()}));

const refresh = vi.fn();
vi.mock("next/navigation", () => ({useRouter: () => ({refresh})}));

let stream: ReturnType<typeof aStream>;

beforeEach(() => {
  refresh.mockReset();
  stream = aStream();
});

const page = (tickets: Ticket[], more: Partial<Parameters<typeof ListingList>[0]> = {}) => (
  <QueryProvider>
    <ListingList tickets={tickets} next={undefined} proceeds={undefined} status={undefined} first withdrawFailed={false} {...more} />
  </QueryProvider>
);

const yes = () => screen.getByRole("button", {name: "Take it off sale", hidden: true});

test("says of each how it stands, and what a sold one has earned", () => {
  renderPage(
    page(
      [
        aTicket(),
        aTicket({id: "t2", title: "Second night", status: "sold", proceeds: 45}),
        aTicket({id: "t3", title: "Third night", status: "reserved"}),
        aTicket({id: "t4", title: "Last year", status: "past"}),
      ],
      {proceeds: {amount: 45, currency: "eur"}},
    ),
  );
  expect(screen.getByText("You have earned €45 so far.")).toBeInTheDocument();
  const row = (title: string) => within(screen.getByRole("link", {name: title}).closest("li")!);
  expect(row("Opening night").getByText("For sale")).toBeInTheDocument();
  expect(row("Opening night").getByRole("link", {name: "Edit Opening night"})).toHaveAttribute("href", "/listings/t1/edit");
  expect(row("Second night").getByText("You get €45")).toBeInTheDocument();
  expect(row("Second night").queryByRole("link", {name: /Edit/})).not.toBeInTheDocument();
  expect(row("Second night").queryByRole("button")).not.toBeInTheDocument();
  expect(row("Third night").queryByRole("button")).not.toBeInTheDocument();
  expect(row("Last year").getByRole("button", {name: /^Take off sale/})).toBeInTheDocument();
});

test("who has listed nothing yet is shown how", () => {
  renderPage(page([]));
  expect(screen.getByRole("link", {name: "Sell tickets"})).toHaveAttribute("href", "/sell");
  expect(screen.queryByRole("navigation")).not.toBeInTheDocument();
});

test("follows its tickets", () => {
  renderPage(page([aTicket(), aTicket({id: "t2"})]));
  expect(stream.listening()).toEqual(["/api/tickets/stream?id=t1&id=t2"]);
  stream.tell(aTicket({status: "sold", version: 2}));
  expect(refresh).toHaveBeenCalled();
});

test("is taken off sale only after asking", async () => {
  let finish = (_: Response) => {};
  const calls = anApi({"DELETE /api/tickets/t1": () => new Promise((resolve) => (finish = resolve))});
  renderPage(page([aTicket()]));
  await userEvent.click(screen.getByRole("button", {name: "Take off sale: Opening night"}));
  expect(calls).toEqual([]);
  await userEvent.dblClick(yes());
  finish(new Response(null, {status: 204}));
  await waitFor(() => expect(refresh).toHaveBeenCalled());
  expect(calls.map(({method}) => method)).toEqual(["DELETE"]);
});

test("says why not when somebody is just buying it, and keeps saying so while the list moves on", async () => {
  anApi({"DELETE /api/tickets/t1": problem(409, {code: "reserved"})});
  const {rerender} = renderPage(page([aTicket()]));
  await userEvent.click(yes());
  expect(await screen.findByText(/Somebody is just buying this/)).toBeInTheDocument();
  rerender(page([aTicket({status: "reserved", version: 2})]));
  expect(screen.getByText(/Somebody is just buying this/)).toBeInTheDocument();
});

test("whoever is asked is told kindly when somebody is faster, and when it is free again is asked anew", async () => {
  const calls = anApi({});
  const {rerender} = renderPage(page([aTicket()]));
  const dialog = screen.getByRole("dialog", {hidden: true});
  // As browsers tell that it was opened and closed, which jsdom does not do.
  const toggle = (newState: string) => fireEvent(dialog, Object.assign(new Event("toggle"), {newState}));
  toggle("open");
  rerender(page([aTicket({status: "reserved", version: 2})]));
  expect(within(dialog).getByRole("status", {hidden: true})).toHaveTextContent("Somebody is just buying this");
  expect(screen.queryByRole("button", {name: "Take it off sale", hidden: true})).not.toBeInTheDocument();
  rerender(page([aTicket({version: 3})]));
  expect(yes()).toBeInTheDocument();
  rerender(page([aTicket({status: "sold", version: 5})]));
  expect(within(dialog).getByRole("status", {hidden: true})).toHaveTextContent("Somebody has just bought this.");
  screen.getByRole("button", {name: "Take off sale: Opening night"}).focus(); // as browsers do when it closes
  toggle("closed");
  expect(dialog).not.toBeInTheDocument();
  await waitFor(() => expect(screen.getByRole("link", {name: "Opening night"})).toHaveFocus());
  expect(calls).toEqual([]);
});

test("what asks stays where it is until there is an answer, though the list moves on", async () => {
  let finish = (_: Response) => {};
  anApi({"DELETE /api/tickets/t1": () => new Promise((resolve) => (finish = resolve))});
  const {rerender} = renderPage(page([aTicket()]));
  const dialog = screen.getByRole("dialog", {hidden: true});
  await userEvent.click(yes());
  rerender(page([aTicket({status: "reserved", version: 2})]));
  expect(dialog).toBeInTheDocument();
  finish(problem(409, {code: "reserved"})());
  expect(await within(dialog).findByText(/Somebody is just buying this/)).toBeInTheDocument();
});
