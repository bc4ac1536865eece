/** Of what a job is told. A worker runs what it knows; what is newer waits for a newer worker. */
const VERSION = 1;

/** A job was submitted by a newer version: another worker may know it. */
export class NewerJobError extends Error {
  override readonly name = 'NewerJobError';
}

/** What was stored is not a job: no worker will ever know it. */
export class BrokenJobError extends Error {
  override readonly name = 'BrokenJobError';
}

/** A payload as text, with its version. @throws where it holds a number that JSON has no word for */
export function encodeJob(payload: unknown): string {
  return JSON.stringify({ version: VERSION, payload }, (key, value: unknown) => {
    if (typeof value === 'number' && !Number.isFinite(value))
      throw new Error(`a job's payload: found ${value} as ${key}; expected a finite number`);
    return value;
  });
}

/** @throws NewerJobError, BrokenJobError */
export function decodeJob<P>(text: string): P {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (error) {
    throw new BrokenJobError(`a job: found ${shown(text)}; expected JSON`, { cause: error });
  }
  const { version, payload } = (found ?? {}) as { version?: unknown; payload?: P };
  if (typeof version === 'number' && version > VERSION) {
    throw new NewerJobError(
      `a job of version ${version}, and this worker knows up to ${VERSION}: it waits for a newer worker`,
    );
  }
  if (version !== VERSION || payload === undefined) {
    throw new BrokenJobError(`a job: found ${shown(text)}; expected a version and a payload`);
  }
  return payload;
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}
