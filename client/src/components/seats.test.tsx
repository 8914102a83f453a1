import {expect, test} from "vitest";
import {renderPage} from "../../test/render";
import {useSeats} from "./seats";

function Seats(props: Parameters<ReturnType<typeof useSeats>>[0]) {
  return <p>{useSeats()(props)}</p>;
}

test.each([
  [{quantity: 2, section: "B", row: "4", seat: "12-13"}, "2 tickets · Block B · Row 4 · Seats 12-13"],
  [{quantity: 1, seat: "7"}, "1 ticket · Seat 7"],
  [{section: "North", row: "A-1"}, "1 ticket · Block North · Row A-1"],
])("%j is %s, broken between its parts alone", (seats, said) => {
  const {container} = renderPage(<Seats {...seats} />);
  const text = container.querySelector("p")!.textContent;
  expect(text.replaceAll("\u00a0", " ").replaceAll("\u2060", "")).toBe(said);
  for (const part of text.split("\u00a0· ")) expect(part).not.toMatch(/ |-(?!\u2060)/);
});

test("a part that is long may be broken, or it would be torn anywhere", () => {
  const {container} = renderPage(<Seats section="Upper tier left, entrance North-West" />);
  expect(container.querySelector("p")).toHaveTextContent("1 ticket · Block Upper tier left, entrance North-West");
  expect(container.querySelector("p")!.textContent).toContain("Upper tier left, entrance North-West");
});
