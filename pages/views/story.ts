import type { Story } from '../../shared/case-index/story.ts';
import { type StoryEntry, type Told } from '../../shared/words/story/told.ts';
import { tellAll } from '../../shared/words/story/tell-story.ts';
import { plural, timeTag } from './format.ts';
import { html, type Html, nothing } from './html.ts';

/** The whole life of a case, oldest entry first. */
export function storyView({ entries, isCut, unreadable }: Story): Html {
  return html`<section class="card" aria-labelledby="story">
    <h2 id="story">The whole story</h2>
    <p class="soft small">${plural(entries.length, 'entry', 'entries')} of the ledger, oldest first.</p>
    ${isCut ? html`<p class="soft">The case has very many entries: some in the middle are left out here. An export has them all.</p>` : nothing}
    ${unreadable === 0 ? nothing : html`<p class="soft">${plural(unreadable, 'entry', 'entries')} of its part of the chain could not be read and may belong to it.</p>`}
    <ol class="story">
      ${tellAll(entries).map(storyItem)}
    </ol>
  </section>`;
}

function storyItem({ time, sequence, told }: StoryEntry & { readonly told: Told }): Html {
  const { title, more, tone } = told;
  return html`<li class="${tone ?? ''}">
    <span class="when">${timeTag(time)} · entry ${sequence}</span>
    <strong>${title}</strong>
    ${more.map((line) => html`<div class="more">${line}</div>`)}
  </li>`;
}
