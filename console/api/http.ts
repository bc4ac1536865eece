import { plainJson } from '../../core/text/plain-text.ts';

export const API = '/api/v1';

/** What is asked, as it came. */
export interface ConsoleRequest {
  readonly method: string;
  /** Path and query: `/api/v1/fleet?limit=100`. */
  readonly target: string;
  /** @param name in small letters */
  header(name: string): string | undefined;
}

export interface ConsoleAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** As it is sent, compressed where the headers say so. */
  readonly body: Uint8Array<ArrayBuffer>;
}

const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();

/** A short answer, as failures are. */
export function jsonAnswer(value: unknown, status: number, headers: Readonly<Record<string, string>> = {}) {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: encoder.encode(`${plainJson(value)}\n`),
  } satisfies ConsoleAnswer;
}

/** The other side has it already. */
export function unchanged(tag: string): ConsoleAnswer {
  return { status: 304, headers: { etag: tag }, body: NOTHING };
}
