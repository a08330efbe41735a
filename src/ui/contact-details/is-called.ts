// Finding people by a part of their name.

/** Without marks and capitals, and in one form for what can be written in several. */
const plain = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase().trim()

/** Whether each word of `sought` is somewhere in the name; nothing sought is found everywhere. */
export const isCalled = (name: string, sought: string): boolean =>
  plain(sought)
    .split(/\s+/)
    .every((word) => plain(name).includes(word))
