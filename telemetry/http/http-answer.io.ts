import { STATUS_CODES } from 'node:http';

/** In one piece, as it is sent. */
export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer;
}

export function textAnswer(status: number, body: string): HttpAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body };
}

/** The message may hold what a stranger should not read; the log of whoever failed has it. */
export function failure(error: unknown): HttpAnswer {
  return textAnswer(500, `${error instanceof Error ? error.name : 'Error'}: the log says more\n`);
}

/** Status line and headers with the empty line that ends them; each connection has one answer. */
export function answerHead({ status, contentType }: HttpAnswer, bodyBytes: number): string {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `content-type: ${contentType}`,
    `content-length: ${bodyBytes}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    ...(status === 405 ? ['allow: GET, HEAD'] : []),
    'connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}
