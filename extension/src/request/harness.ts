/**
 * The user's own words in what an editor's harness sends: the block that holds them where there is one,
 * else all but the harness's blocks. The server strips again by the same rules (`predictor/text.py`), but for
 * `EDITOR_TAGS`; here it is done so that nothing but the user's text leaves for the router, and to see who
 * wrote a message at all.
 */
import { HARNESS_TAGS, USER_TAGS } from "../wire/protocol";

/** A word that people write around their own requests, too; in VS Code these stand in a user block. */
const EDITOR_TAGS = ["instructions"];

/** Ask mode's block: too common a word to count anywhere but around a whole message. */
const WHOLE = /^\s*<prompt>\n?([\s\S]*?)\n?<\/prompt>\s*$/;

/** The user's own text in `text`; empty where all of it is the harness's. */
export function userText(text: string): string {
  return userBlock(text) ?? withoutBlocks(text).trim();
}

/** What stands in the last block that an editor marks as the user's request; a tag only mentioned is none. */
export function userBlock(text: string): string | undefined {
  for (const tag of USER_TAGS) {
    const end = text.lastIndexOf(`</${tag}>`);
    if (end < 0) continue;
    const earlier = end === 0 ? -1 : text.lastIndexOf(`</${tag}>`, end - 1);
    const after = text.indexOf(`<${tag}>`, earlier + 1);
    const start = after >= 0 && after < end ? after : text.lastIndexOf(`<${tag}>`, end);
    if (start >= 0) return text.slice(start + tag.length + 2, end).trim();
  }
  return WHOLE.exec(text)?.[1]?.trim();
}

/** How many files, selections and pictures the harness lists as attached in `text`. */
export function attachments(text: string): number {
  return text.match(/<attachment[\s>]/g)?.length ?? 0;
}

/** Whether `text` carries a summary in place of the conversation's earlier turns. */
export function isCompacted(text: string): boolean {
  return text.includes("<conversation-summary>");
}

function withoutBlocks(text: string): string {
  return [...HARNESS_TAGS, ...EDITOR_TAGS].reduce((rest, tag) => withoutBlock(rest, tag), text);
}

/** An opening without its end is the user's own text and stays. */
function withoutBlock(text: string, tag: string): string {
  const opening = new RegExp(`<${tag}(?:\\s[^<>]{0,400})?>`, "g");
  const closing = `</${tag}>`;
  let kept = "";
  let position = 0;
  for (let match = opening.exec(text); match !== null; match = opening.exec(text)) {
    const end = text.indexOf(closing, opening.lastIndex);
    if (end < 0) break;
    kept += text.slice(position, match.index);
    position = opening.lastIndex = end + closing.length;
  }
  return kept + text.slice(position);
}
