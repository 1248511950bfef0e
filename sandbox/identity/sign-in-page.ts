import type { AppRegistration } from './app-registrations.ts';
import type { Principal } from './principals.ts';

const style = `
  :root { color-scheme: light dark; font: 1rem/1.5 'Segoe UI', system-ui, sans-serif; }
  body { margin: 0; display: grid; place-items: center; min-height: 100vh; background: light-dark(#f2f2f2, #1b1a19); }
  main { box-sizing: border-box; width: min(27.5rem, 100%); padding: 2.5rem; background: light-dark(#fff, #292827); }
  h1 { font-size: 1.5rem; font-weight: 600; margin: 0 0 0.5rem; }
  ul { list-style: none; margin: 1rem 0; padding: 0; }
  button { font: inherit; color: inherit; text-align: start; width: 100%; padding: 0.6rem 0.75rem; background: none;
    border: 1px solid transparent; cursor: pointer; }
  button:hover { background: light-dark(#eee, #3b3a39); }
  button:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
  small { display: block; color: light-dark(#5c5c5c, #c8c6c4); }
`;

/** The page on which one picks who to be. Nobody has a password here. */
export function signInPage(app: AppRegistration, people: readonly Principal[]): string {
  const options = people.map(
    (person) =>
      `<li><button name="principal" value="${escape(person.objectId)}">${escape(person.displayName)}` +
      `<small>${escape(person.upn ?? '')}</small></button></li>`,
  );
  return page(
    'Sign in',
    `<h1>Pick an account</h1>
    <p>to sign in to ${escape(app.displayName)}. This is the sandbox’s directory: nobody has a password.</p>
    <form method="post">
      <ul aria-label="Accounts">${options.join('')}</ul>
      <button name="cancel" value="yes">Cancel</button>
    </form>`,
  );
}

/** A page that says one thing, such as a refusal that must not be sent to the address that the request names. */
export function messagePage(title: string, message: string): string {
  return page(escape(title), `<h1>${escape(title)}</h1><p>${escape(message)}</p>`);
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title}</title>
    <style>${style}</style>
  </head>
  <body><main>${content}</main></body>
</html>
`;
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
