import { plainJson, plainLines } from '../../../core/text/plain-text.ts';

/** HTML or SVG that is safe to put into a page as it stands. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Markup | string | number | readonly Part[] | undefined;

/**
 * A template whose parts are escaped unless they are Markup themselves, so that nobody has to remember to:
 * markup`<td>${name}</td>`. Undefined is nothing; a list is its parts one after another.
 */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  let text = strings[0]!;
  for (const [i, part] of parts.entries()) text += plain(part) + strings[i + 1]!;
  return new Markup(text);
}

function plain(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(plain).join('');
  return escapeText(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Safe in text and in quoted attributes. What can't be seen (control characters, directions) is taken out. */
function escapeText(text: string): string {
  return plainLines(text).replace(/[&<>"']/g, (c) => ENTITIES[c]!);
}

/** JSON that can stand inside a <script> element: no "<" can end the element or open a comment. */
export function jsonForScript(value: unknown): Markup {
  return new Markup(plainJson(value).replace(/</g, '\\u003c'));
}

/** A coordinate with at most two decimals: keeps pictures small and the same on every machine. */
export function at(value: number): number {
  return Math.round(value * 100) / 100;
}
