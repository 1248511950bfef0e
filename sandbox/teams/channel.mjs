/* Runs in the browser. The renderer and the Markdown library are there as globals. */
import { hostConfig } from './card-colours.mjs';

const { AdaptiveCards, markdownit } = globalThis;
const markdown = markdownit({ html: false, linkify: false, breaks: true });
const askAgainMs = 1_000;
let shown = '';

AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
  result.outputHtml = markdown.render(text);
  result.didProcess = true;
};

const asked = new URLSearchParams(location.search).get('theme');
const preferred = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
useTheme(asked ?? preferred);
document.getElementById('theme').addEventListener('click', () => {
  useTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');
  shown = '';
  void refresh();
});

function useTheme(theme) {
  document.documentElement.dataset.theme = theme;
  document.getElementById('theme').textContent = theme === 'dark' ? 'Light' : 'Dark';
}

async function refresh() {
  const text = await (await fetch('/channel.json')).text();
  if (text === shown) {
    return;
  }
  shown = text;
  const { messages, escalations } = JSON.parse(text);
  fill('messages', 'no-posts', messages, (message) =>
    message.fault === undefined
      ? message.cards.map(renderCard)
      : [element('div', 'failed', `The flow failed, and nobody was told: ${message.fault}`)],
  );
  fill('escalations', 'no-escalations', escalations, ({ text: body }) => [element('pre', '', body)]);
}

function fill(id, emptyId, items, render) {
  document.getElementById(emptyId).hidden = items.length > 0;
  document.getElementById(id).replaceChildren(
    ...items.map((item) => {
      const article = element('article', '');
      article.append(element('p', '', new Date(item.at).toLocaleString()), ...render(item));
      return article;
    }),
  );
}

function renderCard(content) {
  const card = new AdaptiveCards.AdaptiveCard();
  card.hostConfig = new AdaptiveCards.HostConfig(hostConfig(document.documentElement.dataset.theme));
  card.onExecuteAction = (action) => {
    if (action instanceof AdaptiveCards.OpenUrlAction) {
      window.open(action.url, '_blank', 'noopener');
    }
  };
  card.parse(content);
  const frame = element('div', 'card');
  frame.append(card.render());
  return frame;
}

function element(name, className, text = '') {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

await refresh();
document.body.dataset.ready = 'yes';
setInterval(() => void refresh().catch(() => undefined), askAgainMs);
