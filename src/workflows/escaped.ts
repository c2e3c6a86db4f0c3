/** Text of people and of AWS for markdown in the UI. It is data: nothing in it may become a link, a tag or a column. */
export function escaped(text: string): string {
  return text.replace(/[\\`*_[\]<>|#!~]/g, '\\$&').replace(/\s+/g, ' ');
}
