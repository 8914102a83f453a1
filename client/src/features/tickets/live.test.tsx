import {createEvent, fireEvent, screen} from "@testing-library/react";
import {beforeEach, expect, test, vi} from "vitest";
import {renderPage} from "../../../test/render";
import {aStream, aTicket} from "../../../test/tickets";
import {TicketList} from "./list";

const refresh = vi.fn();
const push = vi.fn();
vi.mock("next/navigation", () => ({useRouter: () => ({refresh, push})}));

let stream: ReturnType<typeof aStream>;

beforeEach(() => {
  refresh.mockReset();
  push.mockReset();
  stream = aStream();
});

const card = (title: string) => screen.getByRole("link", {name: title}).closest("article")!;

function show() {
  renderPage(
    <TicketList label="Tickets" tickets={[aTicket(), aTicket({id: "t2", title: "Second night", price: 20, version: 5})]} />,
  );
}

test("a card says when its ticket is taken, and when it is to be had again", () => {
  show();
  expect(stream.listening()).toEqual(["/api/tickets/stream?id=t1&id=t2"]);
  stream.tell(aTicket({status: "reserved", version: 2}));
  expect(card("Opening night")).toHaveTextContent("Reserved for now");
  expect(card("Second night")).not.toHaveTextContent("Reserved");
  stream.tell(aTicket({version: 3, price: 45}));
  expect(card("Opening night")).not.toHaveTextContent("Reserved");
  expect(card("Opening night")).toHaveTextContent("€45");
});

test("what is older than the page is not shown", () => {
  show();
  stream.tell(aTicket({id: "t2", title: "Second night", status: "sold", version: 4}));
  expect(card("Second night")).not.toHaveTextContent("Sold");
});

test("the page is read anew when something may have been missed", () => {
  show();
  stream.reset();
  expect(refresh).toHaveBeenCalledTimes(1);
});

test("a hidden page lets go of its connection, and looks again afterwards", () => {
  show();
  const visibility = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
  document.dispatchEvent(new Event("visibilitychange"));
  expect(stream.listening()).toEqual([]);
  visibility.mockReturnValue("visible");
  document.dispatchEvent(new Event("visibilitychange"));
  expect(stream.listening()).toHaveLength(1);
  stream.take();
  expect(refresh).toHaveBeenCalledTimes(1);
});

test("who is sent away looks again, and comes again later", () => {
  vi.useFakeTimers({toFake: ["setTimeout", "clearTimeout"]});
  show();
  stream.refuse();
  expect(stream.listening()).toEqual([]);
  expect(refresh).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(15_000);
  expect(stream.listening()).toHaveLength(1);
  stream.take();
  expect(refresh).toHaveBeenCalledTimes(2);
  vi.useRealTimers();
});

test("a connection that broke is the browser's to resume", () => {
  show();
  stream.take();
  stream.fail();
  expect(stream.listening()).toHaveLength(1);
  expect(refresh).not.toHaveBeenCalled();
});

test("a click on a card goes to its ticket without loading the page anew", () => {
  show();
  const click = createEvent.click(screen.getByRole("link", {name: "Second night"}));
  fireEvent(screen.getByRole("link", {name: "Second night"}), click);
  expect(click.defaultPrevented).toBe(true);
  expect(push).toHaveBeenCalledExactlyOnceWith("/tickets/t2");
});

test.each([{ctrlKey: true}, {metaKey: true}, {shiftKey: true}, {altKey: true}, {button: 1}])(
  "a click that means a new tab or something else is the browser's: %o",
  (how) => {
    show();
    const link = screen.getByRole("link", {name: "Second night"});
    const click = createEvent.click(link, how);
    fireEvent(link, click);
    expect(click.defaultPrevented).toBe(false);
    expect(push).not.toHaveBeenCalled();
  },
);

test("a click beside the links of a list goes nowhere", () => {
  show();
  fireEvent.click(card("Second night").querySelector("strong")!);
  expect(push).not.toHaveBeenCalled();
});
