/** Keys and indices from the root of a JSON document to a value. */
export type JsonPath = readonly (string | number)[];

/** `data.result[0].values[7]`. */
export function pathText(path: JsonPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/gy;
const SPACE = /\s*/gy;

/** The line on which a value of a document begins; the first is 1. @param text JSON that was parsed */
export function lineOfPath(text: string, path: JsonPath): number {
  const tokens = new Tokens(text);
  for (const part of path) {
    if (!(typeof part === 'number' ? tokens.enterItem(part) : tokens.enterKey(part))) break;
  }
  return lineAt(text, tokens.at);
}

/** The line of an offset; the first is 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

/** Walks through the tokens of a JSON text. */
class Tokens {
  private readonly text: string;
  private position = 0;

  constructor(text: string) {
    this.text = text;
    this.skipSpace();
  }

  /** Where the next token begins. */
  get at(): number {
    return this.position;
  }

  enterItem(index: number): boolean {
    if (this.peek() !== '[') return false;
    this.next();
    for (let item = 0; item < index; item++) {
      this.skipValue();
      if (this.next() !== ',') return false;
    }
    return this.peek() !== ']';
  }

  enterKey(key: string): boolean {
    if (this.peek() !== '{') return false;
    this.next();
    while (this.peek() !== '}') {
      const name = JSON.parse(this.next()) as string;
      this.next();
      if (name === key) return true;
      this.skipValue();
      if (this.next() !== ',') return false;
    }
    return false;
  }

  private skipValue(): void {
    let depth = 0;
    do {
      const token = this.next();
      if (token === '{' || token === '[') depth++;
      else if (token === '}' || token === ']') depth--;
      else if (token === '') return;
    } while (depth > 0);
  }

  private peek(): string {
    return this.text[this.position] ?? '';
  }

  private next(): string {
    TOKEN.lastIndex = this.position;
    const token = TOKEN.exec(this.text)?.[0] ?? '';
    this.position += token.length;
    this.skipSpace();
    return token;
  }

  private skipSpace(): void {
    SPACE.lastIndex = this.position;
    this.position += SPACE.exec(this.text)?.[0].length ?? 0;
  }
}
