import { describe, expect, test } from 'vitest'
import { parseStrictObject } from '../../src/strict-json.js'
import { bytes } from '../support/vectors.js'

const parse = (text: string) => parseStrictObject(bytes(text))
const refused = (text: string) => expect(() => parse(text), text).toThrow(expect.objectContaining({ code: 'malformed' }))

describe('strict JSON', () => {
  test('gives strings, integers and arrays of strings', () => {
    const object = parse('{"s":"a\\n","i":12,"a":["x","y"],"n":null}')
    expect(object.string('s')).toBe('a\n')
    expect(object.integer('i')).toBe(12)
    expect(object.strings('a')).toEqual(['x', 'y'])
    expect(object.has('n')).toBe(true)
  })

  test('gives undefined for another type', () => {
    const object = parse('{"s":1,"i":"1","a":["x",1],"b":{}}')
    expect([object.string('s'), object.integer('i'), object.strings('a'), object.strings('b')]).toEqual([undefined, undefined, undefined, undefined])
  })

  test.each(['1.0', '1e3', '-1', '-0', '9007199254740992', '0.5'])('%s is no integer', (number) => {
    expect(parse(`{"i":${number}}`).integer('i')).toBeUndefined()
  })
  test.each([0, 9, 10, Number.MAX_SAFE_INTEGER])('%d is an integer', (number) => expect(parse(`{"i":${number}}`).integer('i')).toBe(number))

  test('an inner number is not the outer member of the same name', () => {
    expect(parse('{"i":{"i":1}}').integer('i')).toBeUndefined()
    expect(parse('{"a":{"i":5},"i":"x"}').integer('i')).toBeUndefined()
    expect(parse('{"i":[1]}').integer('i')).toBeUndefined()
  })

  test('a member after an inner object has its own number', () => {
    const object = parse('{"a":{"b":1,"c":{"d":2}},"e":3,"f":[4,{"g":5}],"h":6}')
    expect([object.integer('e'), object.integer('h'), object.integer('a'), object.integer('d')]).toEqual([3, 6, undefined, undefined])
  })

  test.each([
    '', ' {}', '[]', '"x"', '{', '{}x', '{"a":1,}', '{"a":01}', "{'a':1}", '{"a":1 "b":2}', '\ufeff{}', '{"a":NaN}', '{"a":1e400}', '{"a":[-1e400]}',
    '{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '{"x":{"a":1,"a":1}}', '{"x":[{"a":1},{"b":1,"b":1}]}', '{"":1,"":1}', '{"a":"x","b":1,"a":"y"}',
    '{"a":"\\ud800"}', '{"a":"\\udc00\\ud800"}', '{"\\ud800":1}', '{"a":["\\ud800"]}'
  ])('refuses %s', refused)

  test.each([
    '{}', '{"a":{"a":{"a":1}}}', '{"a":[{"a":1},{"a":1}]}', '{"a":"a","b":"a"}', '{"a":["a","a"]}', '{"a":"{\\"a\\":1,\\"a\\":2}"}',
    '{"a":"\\\\","b":"\\"a\\""}', '{"a":"\\ud83e\\udd9c"}', '{"a":"🦜"}', '{ "a" : [ 1 , 2 ] , "b" : true }', '{"a":-1.5e-3}'
  ])('takes %s', (text) => expect(Object.fromEntries(parse(text).members)).toEqual(JSON.parse(text)))

  test('takes nesting of 8, the outer object counted, and refuses 9', () => {
    const nested = (depth: number) => `{"x":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
    parse(nested(8))
    refused(nested(9))
  })

  test('refuses octets that are not UTF-8', () => {
    expect(() => parseStrictObject(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toThrow(expect.objectContaining({ code: 'malformed' }))
  })

  test('agrees with JSON.parse on whatever JSON.stringify makes', () => {
    let state = 1
    const random = (below: number) => (state = (state * 48271) % 2147483647) % below
    const text = () => Array.from({ length: random(4) }, () => ['"', '\\', 'a', '{', '}', ',', ':', '[', '🦜', '\u0000', 'é'][random(11)]).join('')
    const value = (depth: number): unknown => {
      const kind = random(depth === 0 ? 4 : 6)
      if (kind === 0) return random(2) === 0
      if (kind === 1) return text()
      if (kind === 2) return random(1000) / 7 - 50
      if (kind === 3) return random(1e9)
      const length = random(4)
      if (kind === 4) return Array.from({ length }, () => value(depth - 1))
      return Object.fromEntries(Array.from({ length }, () => [text(), value(depth - 1)]))
    }
    for (let i = 0; i < 2000; i++) {
      const object = { a: value(6), [text()]: value(6), n: i }
      const parsed = parse(JSON.stringify(object, null, random(3)))
      expect(Object.fromEntries(parsed.members)).toEqual(object)
      expect(parsed.integer('n')).toBe(i)
    }
  })
})
