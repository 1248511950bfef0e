import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sparticuz from '@sparticuz/chromium';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { patienceMs } from './patience.ts';

/** A browser for the tests of one file. */
export interface TestBrowser {
  readonly browser: Browser;
  /** A page in a context of its own: no cookies of other pages. */
  openPage(options?: PageOptions): Promise<Page>;
  /** Writes what a page looks like as PNG into the folder of screenshots; the whole page without a size. Returns the path. */
  screenshot(page: Page, name: string, size?: ScreenshotSize): Promise<string>;
  close(): Promise<void>;
}

/** What is seen of a page, in CSS pixels from its top. */
export interface ScreenshotSize {
  readonly width: number;
  readonly height: number;
}

export interface PageOptions extends BrowserContextOptions {
  /** Size in CSS pixels; 1280 by 800 when absent. */
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: 'light' | 'dark';
}

/** Folder that screenshots go to; a new one in the folder of temporary files when absent. */
const screenshotsVariable = 'LEAKSTOP_SCREENSHOTS';

/** Flags for a machine on which everything that a browser protects us from is ours; what protects a page stays on. */
const unwanted = [
  '--single-process',
  '--disable-web-security',
  '--allow-running-insecure-content',
  '--disable-site-isolation-trials',
];
const quiet = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];

/** Starts a browser that takes the sandbox's certificate. */
export async function openBrowser(): Promise<TestBrowser> {
  const browser = await chromium.launch({
    executablePath: await extractChromium(),
    args: [...sparticuz.args.filter((flag) => !unwanted.includes(flag)), ...quiet],
    headless: true,
    timeout: patienceMs,
  });
  let directory: string | undefined;
  return {
    browser,
    openPage: async (options = {}) => {
      const context = await browser.newContext({
        ignoreHTTPSErrors: true,
        viewport: { width: 1280, height: 800 },
        ...options,
      });
      context.setDefaultTimeout(patienceMs);
      return context.newPage();
    },
    screenshot: async (page, name, size) => {
      directory ??= process.env[screenshotsVariable] ?? (await mkdtemp(join(tmpdir(), 'leakstop-shots-')));
      await mkdir(directory, { recursive: true });
      const path = join(directory, `${name}.png`);
      const before = page.viewportSize();
      await page.setViewportSize(size ?? before ?? { width: 1280, height: 800 });
      await page.screenshot({ path, fullPage: size === undefined });
      await page.setViewportSize(before ?? { width: 1280, height: 800 });
      return path;
    },
    close: () => browser.close(),
  };
}

/** Picks somebody on the sandbox's sign-in page, and waits until the browser has left it. */
export async function pickAccount(page: Page, displayName: string): Promise<void> {
  const { host } = new URL(page.url());
  await page.getByRole('button', { name: displayName }).first().click();
  await page.waitForURL((url) => url.host !== host);
}

/**
 * Extracts the browser once for all processes. The package looks only whether its file is there, which it also is while
 * another process still writes it; so each extracts into a folder of its own, which then takes its name at once.
 */
async function extractChromium(): Promise<string> {
  const folder = join(tmpdir(), `leakstop-chromium-${versionOfPackage()}`);
  const executable = join(folder, 'chromium');
  if (!existsSync(executable)) {
    const own = await mkdtemp(`${folder}-`);
    const script = "import('@sparticuz/chromium').then(({ default: chromium }) => chromium.executablePath())";
    await promisify(execFile)(process.execPath, ['-e', script], { env: { ...process.env, TMPDIR: own } });
    await rename(own, folder).catch(async (error: unknown) => {
      await rm(own, { recursive: true, force: true });
      if (!existsSync(executable)) {
        throw error;
      }
    });
  }
  return executable;
}

function versionOfPackage(): string {
  const url = new URL('../package.json', import.meta.resolve('@sparticuz/chromium'));
  return (JSON.parse(readFileSync(url, 'utf8')) as { version: string }).version;
}
