import { InputError, WorldError } from '../../core/errors.ts';

export interface ListenOn {
  /** `0.0.0.0`, `127.0.0.1`, `::` */
  readonly host: string;
  /** With 0 the system picks a free one. */
  readonly port: number;
}

/** The process ends in any case, so a holder that is short of CPU has time to say who it is. */
const ASK_HOLDER_MS = 5_000;

/** Why an address can't be listened on, what holds it where that is known, and what to set. @param setting `http.listen` */
export async function listenError(
  setting: string,
  { host, port }: ListenOn,
  error: NodeJS.ErrnoException,
): Promise<Error> {
  const cause = { cause: error };
  const at = `${setting}: ${host}:${port}`;
  if (error.code === 'EADDRINUSE') {
    const [by, stop] = (await isPrescale(host, port)) ? [' by another Prescale', 'it'] : ['', 'what listens there'];
    return new WorldError(`${at} is taken${by}: stop ${stop}, or set ${setting} to a free port`, cause);
  }
  if (error.code === 'EACCES') {
    return new WorldError(`${at} is not ours to listen on: set ${setting} to a port from 1024 on`, cause);
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return new InputError(
      `${setting}: ${host} is no address of this host; expected one such as 0.0.0.0 or 127.0.0.1`,
      cause,
    );
  }
  return new WorldError(`${at}: can't be listened on: ${error.message}`, cause);
}

/** Whether what holds the port answers as one of ours: with our metrics or, where only probes are answered, by naming those. */
async function isPrescale(host: string, port: number): Promise<boolean> {
  const reached = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
  try {
    const answer = await fetch(`http://${reached}:${port}/metrics`, { signal: AbortSignal.timeout(ASK_HOLDER_MS) });
    return /^prescale_|^probes of Prescale/m.test(await answer.text());
  } catch {
    return false;
  }
}
