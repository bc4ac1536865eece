/*
 * The one cleaner of all text that people see: at a terminal, in `kubectl describe`, in a browser. Whatever a stranger wrote (a file's
 * name, an annotation, a server's answer), it can neither move a cursor, fake a second line nor show something else than it says.
 *
 * By Unicode's general categories: Cc (controls, C1 and the escape of ANSI sequences among them), Zl and Zp (U+2028, U+2029), Cf (what is
 * there and isn't seen: U+061C, U+200B…U+200F, U+202A…U+202E, U+2066…U+2069, tags), Cs (half a surrogate pair).
 */
const BREAKS = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
const BREAKS_BUT_LINES = /(?:[^\P{Cc}\n]|[\p{Zl}\p{Zp}])+/gu;
const UNSEEN = /[\p{Cf}\p{Cs}]/gu;
/** No code unit of such a character: most texts have nothing else, which is told much sooner than what a character is. */
const ALL_SEEN =
  /^[\n -~\u00a1-\u00ac\u00ae-\u05ff\u0900-\u17ff\u1900-\u1fff\u2010-\u2027\u2030-\u205e\u2070-\ud7ff\ue000-\ufdff]*$/;
/** What JSON.stringify leaves as it is. Line breaks between JSON's own tokens stay. */
const UNSEEN_IN_JSON = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const REPLACEMENT = '\ufffd';

/** One line of text that only shows: controls and line breaks become a space, what can't be seen becomes U+FFFD. */
export function plainText(text: string): string {
  return text.replace(BREAKS, ' ').replace(UNSEEN, REPLACEMENT);
}

/** The same of several lines: `\n` stays. */
export function plainLines(text: string): string {
  return text.replace(BREAKS_BUT_LINES, ' ').replace(UNSEEN, REPLACEMENT);
}

/** JSON of the value with all of these characters escaped as \uXXXX: safe to show, and the same value when it is read. */
export function plainJson(value: unknown, indent?: number): string {
  return escapedJson(JSON.stringify(value, null, indent));
}

/** The same of JSON that somebody else wrote; such characters stand within its strings only. */
export function escapedJson(json: string): string {
  if (ALL_SEEN.test(json)) return json;
  return json.replace(UNSEEN_IN_JSON, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}
