import { WorldError } from '../../core/errors.ts';

/** What can't be had now will be had soon: when it is worth asking again. */
export class NotYet extends WorldError {
  readonly retryAfterSeconds: number;

  constructor(message: string, retryAfterSeconds: number) {
    super(message);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
