// The README's snippets, as the tests run them.
import { readFileSync } from 'node:fs'

/** The README's blocks of code, in order. */
export function readBlocks(file) {
  return [...readFileSync(file, 'utf8').matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language, text]) => ({ language, text }))
}

/** The one block of a language that holds a text. */
export function findBlock(blocks, language, part) {
  const found = blocks.filter((block) => block.language === language && block.text.includes(part))
  if (found.length !== 1) throw new Error(`the README has ${found.length} blocks of ${language} with ${part}`)
  return found[0].text
}

/** Applies a diff whose hunks start with @@: each must fit the text at one place alone. */
export function applyDiff(text, diff) {
  for (const hunk of diff.split(/^@@.*@@\n/m).slice(1)) {
    const lines = hunk.split('\n').slice(0, -1)
    const strange = lines.find((line) => line !== '' && !/^[ +-]/.test(line))
    if (strange !== undefined) throw new Error(`not a line of a diff: ${strange}`)
    const side = (other) => lines.filter((line) => !line.startsWith(other)).map((line) => `${line.slice(1)}\n`).join('')
    const [before, after] = [side('+'), side('-')]
    const at = text.indexOf(before)
    if (at < 0 || text.indexOf(before, at + 1) >= 0) throw new Error(`a hunk fits ${at < 0 ? 'nowhere' : 'twice'}:\n${before}`)
    text = text.slice(0, at) + after + text.slice(at + before.length)
  }
  return text
}
