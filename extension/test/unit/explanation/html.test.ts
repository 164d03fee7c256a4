import { describe, expect, it } from "vitest";
import { html } from "../../../src/explanation/html";

describe("html", () => {
  it("escapes what is inserted, in text and in quoted attributes", () => {
    const hostile = `<img src=x onerror="alert('1')">&`;
    expect(html`<p title="${hostile}">${hostile}</p>`.source).toBe(
      '<p title="&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;">' +
        "&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;</p>",
    );
  });

  it("leaves markup that it made itself, alone and in lists", () => {
    const items = ["a", "<b>"].map((text) => html`<li>${text}</li>`);
    expect(html`${items}`.source).toBe("<li>a</li><li>&lt;b&gt;</li>");
  });

  it("inserts nothing for null and undefined, and 0 for 0", () => {
    expect(html`[${null}${undefined}${0}]`.source).toBe("[0]");
  });

  it("shows direction overrides, which would turn the text around them", () => {
    expect(html`${"gpt\u202Egnorts"}`.source).toBe("gpt\uFFFDgnorts");
  });
});
