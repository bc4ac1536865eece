/** A piece of PromQL: code, a string literal with its quotes, or a comment to the end of its line. */
export interface PromqlPiece {
  readonly kind: 'code' | 'string' | 'comment';
  readonly text: string;
  /** String literals only: false where the text ends before the closing quote. */
  readonly closed: boolean;
}

/** Cuts PromQL as its lexer does; the pieces joined are the text. */
export function promqlPieces(text: string): PromqlPiece[] {
  const pieces: PromqlPiece[] = [];
  let at = 0;
  while (at < text.length) {
    const from = at;
    const first = text[at]!;
    if (first === '"' || first === "'" || first === '`') {
      at = endOfString(text, at);
      const closed = at > from + 1 && text[at - 1] === first && !endsEscaped(text, from, at, first);
      pieces.push({ kind: 'string', text: text.slice(from, at), closed });
    } else if (first === '#') {
      while (at < text.length && !/[\r\n]/.test(text[at]!)) at++;
      pieces.push({ kind: 'comment', text: text.slice(from, at), closed: true });
    } else {
      while (at < text.length && !/["'`#]/.test(text[at]!)) at++;
      pieces.push({ kind: 'code', text: text.slice(from, at), closed: true });
    }
  }
  return pieces;
}

/** The index after the string that starts at `from`. A line break ends a quoted string, which is then not closed. */
function endOfString(text: string, from: number): number {
  const quote = text[from];
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === quote) return at + 1;
    if (quote !== '`' && text[at] === '\n') return at;
    if (quote !== '`' && text[at] === '\\') at++;
  }
  return text.length;
}

/** Whether the last character is a quote that a backslash escapes: `"a\"` is not closed. */
function endsEscaped(text: string, from: number, to: number, quote: string): boolean {
  if (quote === '`') return false;
  let slashes = 0;
  for (let at = to - 2; at > from && text[at] === '\\'; at--) slashes++;
  return slashes % 2 === 1;
}

const CLOSES: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/**
 * Whether the text stays inside brackets that are put around it: its own are balanced, no string is left open. Then
 * `f((text\n), …)` is one call whatever the text is; `a), "x") or f((b` is not such a text.
 */
export function isSelfContained(text: string): boolean {
  const open: string[] = [];
  for (const { kind, text: piece, closed } of promqlPieces(text)) {
    if (!closed) return false;
    if (kind !== 'code') continue;
    for (const character of piece) {
      const closing = CLOSES[character];
      if (closing !== undefined) open.push(closing);
      else if (')]}'.includes(character) && open.pop() !== character) return false;
    }
  }
  return open.length === 0;
}

/** The value as the inside of a "…" or '…' literal. */
export function escapeString(value: string): string {
  return Array.from(value, escapeCharacter).join('');
}

function escapeCharacter(character: string): string {
  if (character === '\\') return '\\\\';
  const code = character.codePointAt(0)!;
  // \' is an error within "…", as is \" within '…': the code stands for both in both. Likewise for what can't be seen.
  const quote = code === 0x22 || code === 0x27;
  // Half of a surrogate pair is no character; what is sent is UTF-8.
  if (code >= 0xd800 && code <= 0xdfff) return '\ufffd';
  const plain = code >= 0x20 && !quote && !(code >= 0x7f && code <= 0xa0) && code !== 0x2028 && code !== 0x2029;
  return plain ? character : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** A pattern of RE2 that matches the value only. */
export function escapeRegex(value: string): string {
  return value.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}

/** `"…"` with the value inside. */
export function stringLiteral(value: string): string {
  return `"${escapeString(value)}"`;
}
