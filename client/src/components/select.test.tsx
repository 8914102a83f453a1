import {screen} from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import {useState} from "react";
import {expect, test} from "vitest";
import {renderPage} from "../../test/render";
import {Select} from "./select";

const options = ["en", "de"].map((value) => ({value, label: value}));

test("a choice stays, and has the focus, when the form's action is done", async () => {
  const sent: FormDataEntryValue[] = [];
  function Page() {
    const [locale, setLocale] = useState("en");
    const choose = async (form: FormData) => {
      sent.push(form.get("locale")!);
      setLocale(String(form.get("locale")));
    };
    return (
      <form action={choose} onChange={(event) => event.currentTarget.requestSubmit()}>
        <Select name="locale" label="Language" given={locale} options={options} />
        <Select name="look" label="Look" given="" options={[{value: "", label: "auto"}, {value: "dark", label: "dark"}]} />
      </form>
    );
  }
  renderPage(<Page />);
  await userEvent.selectOptions(screen.getByLabelText("Language"), "de");
  expect(screen.getByLabelText("Language")).toHaveValue("de");
  expect(screen.getByLabelText("Language")).toHaveFocus();
  await userEvent.selectOptions(screen.getByLabelText("Look"), "dark");
  expect(sent).toEqual(["de", "de"]);
});
