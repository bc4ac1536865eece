/** What of a request is looked at. */
export interface HttpRequest {
  readonly method: string;
  /** As it was sent: `/metrics?x=1`. */
  readonly target: string;
}

/** A head that is not read to its end. */
export interface RefusedHead {
  readonly status: 400 | 414 | 431;
  readonly why: string;
}

/** A namespace, a kind and a name are 400 characters at most, escaped or not. */
const MOST_LINE_BYTES = 1_024;
const MOST_HEAD_BYTES = 16_384;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/**
 * Reads the head of one HTTP/1 request (RFC 9112), in whatever pieces it comes, and keeps its first line alone: headers are counted and
 * not looked at, as all that is answered is told by method and target. What follows the head is left unread.
 */
export class RequestHead {
  private firstLine = '';
  private request: HttpRequest | undefined;
  private bytes = 0;
  /** Of the line that is read, without its end. */
  private lineBytes = 0;

  /** @returns undefined: there is more to come */
  read(piece: Uint8Array): HttpRequest | RefusedHead | undefined {
    for (const byte of piece) {
      if (++this.bytes > MOST_HEAD_BYTES) return { status: 431, why: `at most ${MOST_HEAD_BYTES} bytes of headers` };
      if (byte === LINE_FEED) {
        const done = this.endLine();
        if (done) return done;
      } else if (byte !== CARRIAGE_RETURN) {
        this.lineBytes++;
        if (this.request === undefined) this.firstLine += String.fromCharCode(byte);
        if (this.firstLine.length > MOST_LINE_BYTES) {
          return { status: 414, why: `at most ${MOST_LINE_BYTES} characters` };
        }
      }
    }
    return undefined;
  }

  private endLine(): HttpRequest | RefusedHead | undefined {
    const isEmpty = this.lineBytes === 0;
    this.lineBytes = 0;
    // Empty lines before the first are to be passed over.
    if (this.request !== undefined) return isEmpty ? this.request : undefined;
    if (isEmpty) return undefined;
    const [, method, target] = /^([A-Z]+) (\S+) HTTP\/1\.[01]$/.exec(this.firstLine) ?? [];
    if (method === undefined || target === undefined) return { status: 400, why: 'expected a request of HTTP/1.1' };
    this.request = { method, target };
    return undefined;
  }
}
