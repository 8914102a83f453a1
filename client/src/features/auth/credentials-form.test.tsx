import {screen} from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import {expect, test, vi} from "vitest";
import {renderPage} from "../../../test/render";
import type {CredentialsState} from "./actions";
import {CredentialsForm} from "./credentials-form";

vi.mock("./actions", () => ({}));

const labels = {email: "E-mail", password: "Password", rule: "At least 8 characters.", submit: "Go"};

function show(errors: CredentialsState["errors"], fresh = false) {
  const sent: Record<string, FormDataEntryValue>[] = [];
  const action = async (_: CredentialsState, form: FormData) => {
    sent.push(Object.fromEntries(form));
    return {email: String(form.get("email")), errors};
  };
  renderPage(<CredentialsForm action={action} to="/sell" fresh={fresh} labels={labels} />);
  return sent;
}

test("sends what was typed, and where it goes on", async () => {
  const sent = show({});
  await userEvent.type(screen.getByLabelText(/E-mail/), "ada@example.com");
  await userEvent.type(screen.getByLabelText(/Password/), "correct horse{Enter}");
  expect(sent).toEqual([{to: "/sell", email: "ada@example.com", password: "correct horse"}]);
});

test("says at each field what is wrong with it, and keeps the address but never the password", async () => {
  show({email: "This is not an e-mail address.", password: "Please give your password."});
  await userEvent.type(screen.getByLabelText(/E-mail/), "ada@");
  await userEvent.type(screen.getByLabelText(/Password/), "secret{Enter}");
  const email = await screen.findByLabelText(/E-mail/);
  await screen.findByText("This is not an e-mail address.");
  expect(screen.getByLabelText(/E-mail/)).toHaveValue("ada@");
  expect(screen.getByLabelText(/E-mail/)).toBeInvalid();
  expect(screen.getByLabelText(/E-mail/)).toHaveAccessibleDescription(/not an e-mail address/);
  expect(screen.getByLabelText(/Password/)).toHaveValue("");
  expect(screen.getByLabelText(/Password/)).toHaveAccessibleDescription(/Please give your password/);
  expect(screen.getByLabelText(/E-mail/)).toHaveFocus(); // which is how it is read out
  expect(email).toBeDefined();
});

test("says above the fields what belongs to none", async () => {
  show({form: "E-mail or password is wrong."});
  await userEvent.click(screen.getByRole("button", {name: "Go"}));
  expect(await screen.findByRole("alert")).toHaveTextContent("E-mail or password is wrong.");
  expect(screen.getByLabelText(/Password/)).toHaveFocus(); // it is empty again
});

test("a password manager knows a new password from an old one", () => {
  show({}, true);
  expect(screen.getByLabelText(/Password/)).toHaveAttribute("autocomplete", "new-password");
  expect(screen.getByLabelText(/E-mail/)).toHaveAttribute("autocomplete", "username");
});
