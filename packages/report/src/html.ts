/** Markup that is safe to put into a page: made by `html`, which escapes everything else. */
export class Html {
  constructor(readonly markup: string) {}

  toString(): string {
    return this.markup;
  }
}

/** Values in a template: markup, text (escaped), nothing, or a list of those. */
export type Part = Html | string | number | null | undefined | false | readonly Part[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

// Characters that neither HTML nor XML may hold, whatever they are escaped to.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/g;

const LONE_SURROGATE = /\p{Surrogate}/gu;

/** Text with what no document may hold (control characters, halves of surrogate pairs) replaced by U+FFFD. */
export function wellFormed(text: string): string {
  return text.replace(LONE_SURROGATE, '\ufffd').replace(FORBIDDEN, '\ufffd');
}

/** Text as it stands in an element or between the quotes of an attribute. */
export function escapeText(text: string): string {
  return wellFormed(text).replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}

function markupOf(part: Part): string {
  if (part instanceof Html) return part.markup;
  if (part === null || part === undefined || part === false) return '';
  if (Array.isArray(part)) return part.map(markupOf).join('');
  return escapeText(String(part));
}

/** A template of HTML: everything put in that is not {@link Html} itself is escaped. Attribute values need quotes. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((text, index) => text + markupOf(parts[index])).join(''));
}

/** Data for a script of the page, as the content of `<script type="application/json">`. */
export function embeddedJson(value: unknown): Html {
  return new Html(
    wellFormed(JSON.stringify(value))
      .replaceAll('<', '\\u003c')
      .replaceAll('>', '\\u003e')
      .replaceAll('&', '\\u0026'),
  );
}
