import { z } from 'zod';

/** Text where '' means "not set", as chart values have it; undefined in the result. */
export const optionalText = (description: string) =>
  z
    .string()
    .transform((text) => (text === '' ? undefined : text))
    .prefault('')
    .describe(description);

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
/** Lower case letters, digits and dashes. @param what as in "expected a namespace: …" */
export const name = (what: string) => z.string().regex(NAME, `expected ${what}: lower case letters, digits and dashes`);
