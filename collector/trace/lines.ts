/** No line of a trace is longer; a longer one is another kind of file, and bounds what is held at a time. */
export const MAX_LINE_CHARACTERS = 65_536;

/** Cuts a text that comes in pieces into lines that end in \n, \r\n or (where the text has no other) \r. */
export class LineSplitter {
  private readonly onLine: (text: string, line: number) => void;
  private rest = '';
  private lines = 0;
  private end: '\n' | '\r' | undefined;

  constructor(onLine: (text: string, line: number) => void) {
    this.onLine = onLine;
  }

  /** The line that is not complete yet; the first is 1. */
  get line(): number {
    return this.lines + 1;
  }

  /** The characters of that line so far. */
  get restLength(): number {
    return this.rest.length;
  }

  take(piece: string): void {
    const text = this.rest + piece;
    this.end ??= endOf(text);
    const end = this.end;
    if (end === undefined) {
      this.rest = text;
      return;
    }
    let from = 0;
    for (let at = text.indexOf(end); at >= 0; at = text.indexOf(end, from)) {
      // The second half of \r\n may be in the next piece.
      if (end === '\r' && at + 1 === text.length) break;
      this.emit(text.slice(from, at));
      from = at + 1;
      if (end === '\r' && text[from] === '\n') from++;
    }
    this.rest = text.slice(from);
  }

  finish(): void {
    if (this.end === undefined && this.rest.includes('\r')) this.end = '\r';
    const rest = this.rest;
    this.rest = '';
    if (rest === '') return;
    for (const text of this.end === '\r' ? rest.split(/\r\n?/) : [rest]) this.emit(text);
  }

  private emit(text: string): void {
    this.onLine(text.endsWith('\r') ? text.slice(0, -1) : text, ++this.lines);
  }
}

/** The end of the first line decides; a \r at the end of the piece may be half of one. */
function endOf(text: string): '\n' | '\r' | undefined {
  const [feed, carriage] = [text.indexOf('\n'), text.indexOf('\r')];
  if (carriage >= 0 && carriage + 1 < text.length && text[carriage + 1] !== '\n' && (feed < 0 || carriage < feed))
    return '\r';
  return feed >= 0 ? '\n' : undefined;
}
