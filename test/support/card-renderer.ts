import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { openBrowser } from './browser.ts';

/** Colours and sizes as Teams has them in both themes, for the renderer of Adaptive Cards. */
const themes = {
  light: {
    page: '#f5f5f5',
    card: '#ffffff',
    text: '#242424',
    subtle: '#616161',
    accent: '#e8ebfa',
    attention: '#fdf3f4',
    good: '#f1faf1',
    warning: '#fff9f5',
    emphasis: '#f0f0f0',
  },
  dark: {
    page: '#1f1f1f',
    card: '#292929',
    text: '#ffffff',
    subtle: '#adadad',
    accent: '#2f2f4a',
    attention: '#3f1011',
    good: '#052505',
    warning: '#411200',
    emphasis: '#333333',
  },
} as const;
export type Theme = keyof typeof themes;

function hostConfig(theme: Theme): object {
  const colors = themes[theme];
  const text = { default: colors.text, subtle: colors.subtle };
  const foregroundColors = Object.fromEntries(
    ['default', 'dark', 'light', 'accent', 'good', 'warning', 'attention'].map((name) => [name, text]),
  );
  const style = (backgroundColor: string) => ({ backgroundColor, foregroundColors });
  return {
    fontFamily: 'Segoe UI, Helvetica, sans-serif',
    textBlock: { headingLevel: 2 },
    actions: { actionsOrientation: 'horizontal', actionAlignment: 'left' },
    containerStyles: {
      default: style(colors.card),
      emphasis: style(colors.emphasis),
      accent: style(colors.accent),
      attention: style(colors.attention),
      good: style(colors.good),
      warning: style(colors.warning),
    },
  };
}

/** A card as a person would see it. */
export interface Rendered {
  /** Where every link leads, and every address that a click on a button would open. */
  readonly links: readonly string[];
  readonly buttons: readonly string[];
  readonly text: string;
  /** Tags of elements that no card of ours has. */
  readonly foreign: readonly string[];
  /** Texts that are cut off. */
  readonly clipped: readonly string[];
  /** What the renderer says against the card. */
  readonly complaints: readonly string[];
}

export interface CardRenderer {
  render(
    card: unknown,
    options?: { theme?: Theme; width?: number; markdownEverywhere?: boolean },
  ): Promise<Rendered>;
  readonly page: Page;
  stop(): Promise<void>;
}

/** Chromium with the renderer of Adaptive Cards, and a Markdown that makes links of whatever looks like one. */
export async function startCardRenderer(): Promise<CardRenderer> {
  const browser = await openBrowser();
  const page = await browser.openPage();
  await page.route('**/*', (route) => route.abort());
  const scripts = await Promise.all(
    ['adaptivecards/dist/adaptivecards.min.js', 'markdown-it/dist/browser/markdown-it.umd.min.js'].map(
      (name) => readFile(new URL(`../../node_modules/${name}`, import.meta.url), 'utf8'),
    ),
  );
  await page.setContent(
    '<!doctype html><html lang="en"><head><title>card</title></head><body><main id="card"></main></body></html>',
  );
  for (const content of scripts) {
    await page.addScriptTag({ content });
  }
  return {
    page,
    async render(card, { theme = 'light', width = 640, markdownEverywhere = false } = {}) {
      await page.setViewportSize({ width: width + 40, height: 900 });
      await page.evaluate(layOut, { width, colors: themes[theme] });
      return (await page.evaluate(renderInPage, {
        card,
        config: hostConfig(theme),
        markdownEverywhere,
      })) as Rendered;
    },
    stop: () => browser.close(),
  };
}

/* eslint-disable */
function layOut({ width, colors }: any): void {
  const { document } = globalThis as any;
  document.body.style = `margin:20px;background:${colors.page}`;
  const host = document.getElementById('card');
  host.style = `width:${width}px;background:${colors.card};border-radius:6px`;
  host.replaceChildren();
}

function renderInPage({ card, config, markdownEverywhere }: any): any {
  const window = globalThis as any;
  const { AdaptiveCards, document } = window;
  const markdown = window.markdownit({ html: true, linkify: true });
  AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text: string, result: any) => {
    result.outputHtml = markdown.render(text);
    result.didProcess = true;
  };
  const rendered = new AdaptiveCards.AdaptiveCard();
  rendered.hostConfig = new AdaptiveCards.HostConfig(config);
  const complaints: string[] = [];
  const links: string[] = [];
  const context = new AdaptiveCards.SerializationContext();
  rendered.parse(card, context);
  for (let index = 0; index < context.eventCount; index += 1)
    complaints.push(context.getEventAt(index).message);
  const results = rendered.validateProperties();
  for (const { failures } of results.failures ?? [])
    for (const { message } of failures) complaints.push(message);
  for (const event of results.validationEvents ?? []) complaints.push(event.message);
  const host = document.getElementById('card');
  rendered.onExecuteAction = (action: any) => links.push(action.url);
  host.append(rendered.render());
  if (markdownEverywhere) {
    for (const run of host.querySelectorAll('.ac-textRun'))
      run.innerHTML = markdown.renderInline(run.textContent);
  }
  const buttons = [...host.querySelectorAll('button, [role=button], .ac-pushButton')];
  buttons.forEach((button: any) => button.click());
  for (const anchor of host.querySelectorAll('a[href], area[href]')) links.push(anchor.href);
  const known = ['DIV', 'SPAN', 'P', 'BUTTON', 'STRONG', 'EM', 'CODE', 'S', 'H1', 'H2', 'H3', 'BR'];
  const elements = [...host.querySelectorAll('*')];
  return {
    links,
    buttons: buttons.map((button: any) => button.textContent),
    text: host.innerText,
    foreign: elements.map((element: any) => element.tagName).filter((tag: string) => !known.includes(tag)),
    clipped: elements
      .filter((element: any) => {
        const box = element.getBoundingClientRect();
        const outer = host.getBoundingClientRect();
        return (
          element.textContent !== '' &&
          (box.right > outer.right + 1 ||
            box.left < outer.left - 1 ||
            (window.getComputedStyle(element).overflow === 'hidden' &&
              (element.scrollWidth > element.clientWidth + 1 ||
                element.scrollHeight > element.clientHeight + 1)))
        );
      })
      .map((element: any) => `${element.className}: ${element.textContent.slice(0, 60)}`),
    complaints,
  };
}
