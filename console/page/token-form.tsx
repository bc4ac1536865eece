import { useState } from 'preact/hooks';
import { asksForToken, token } from './client.ts';
import { texts } from './words.ts';

/** Asks for a token of the cluster; it stays in this tab's memory. */
export function TokenForm() {
  const [text, setText] = useState('');
  const words = texts.token;
  const wrong = { no: undefined, yes: undefined, wrong: words.wrong, denied: words.denied }[asksForToken.value];
  return (
    <main id="content" class="narrow">
      <h1>{words.heading}</h1>
      <p>{words.why}</p>
      <p>
        <code>{words.how}</code>
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          asksForToken.value = 'no';
          token.value = text.trim();
        }}
      >
        <label>
          {words.label}
          <input
            type="password"
            autocomplete="off"
            required
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <button type="submit">{words.send}</button>
      </form>
      <p role="alert" class="fault">
        {wrong}
      </p>
    </main>
  );
}
