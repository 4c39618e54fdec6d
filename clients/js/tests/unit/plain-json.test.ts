// Further members of a record, which the signer must write as they are.
import { runInNewContext } from 'node:vm'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test, vi } from 'vitest'
import { signRecord } from '../../src/index.js'
import { PEER, PRIVATE_KEY, T, textOf } from '../support/vectors.js'

const account = privateKeyToAccount(PRIVATE_KEY)
const signMessage = vi.fn(account.signMessage)
const sign = async (others: any) =>
  textOf(await signRecord({ address: account.address, signMessage }, { network: 'local', peerId: PEER, agentName: 'a', multiaddrs: [], timestamp: T, others }))
const circle: unknown[] = []
circle.push(circle)

describe('further members', () => {
  test.each([
    ['undefined', { x: undefined }, 'others.x is of the type undefined'],
    ['NaN', { x: Number.NaN }, 'others.x is NaN'],
    ['Infinity', { x: [1, Infinity] }, 'others.x[1] is Infinity'],
    ['-Infinity', { x: { y: -Infinity } }, 'others.x.y is -Infinity'],
    ['-0', { x: -0 }, 'others.x is -0'],
    ['a BigInt', { x: 1n }, 'others.x is of the type bigint'],
    ['a function', { x: () => 1 }, 'others.x is of the type function'],
    ['a symbol', { x: Symbol('x') }, 'others.x is of the type symbol'],
    ['a symbol as a name', { x: { [Symbol('y')]: 1 } }, 'others.x is not an object of plain members'],
    ['a Date', { x: new Date(0) }, 'others.x is not an object of plain members'],
    ['a Map', { x: new Map([['a', 1]]) }, 'others.x is not an object of plain members'],
    ['octets', { x: new Uint8Array(1) }, 'others.x is not an object of plain members'],
    ['an error', { x: new Error('x') }, 'others.x is not an object of plain members'],
    ['a string object', { x: Object('x') }, 'others.x is not an object of plain members'],
    ['an instance of a class', { x: new (class { y = 1 })() }, 'others.x is not an object of plain members'],
    ['what has toJSON', { x: { toJSON: () => 1 } }, 'others.x.toJSON is of the type function'],
    ['a hidden member', { x: Object.defineProperty({}, 'y', { value: 1 }) }, 'others.x is not an object of plain members'],
    ['a hole', { x: [1, , 2] }, 'others.x is an array with holes'],
    ['an array with a member', { x: Object.assign([1], { y: 2 }) }, 'others.x is an array with holes or further members'],
    ['a circle', { x: circle }, 'is nested too deeply'],
    ['a Map as a whole', new Map(), 'others is not an object of plain members'],
    ['a name that is an integer', { zeta: 1, 1: 2 }, 'others must not name a member 1'],
    ['the name 0', { 0: 2 }, 'others must not name a member 0'],
    ['a name that is a great integer', { 4294967295: 2 }, 'others must not name a member 4294967295']
  ])('must not have %s', async (_what, others, message) => {
    await expect(sign(others)).rejects.toMatchObject({ name: 'InvalidArgumentError', message: expect.stringContaining(message) })
    expect(signMessage).not.toHaveBeenCalled()
  })

  test('are written in their order, as they are', async () => {
    const others = { zeta: [1, -2.5, 1e21, true, false, null, ''], alpha: { b: { 8453: [] }, a: {} }, '01': 'x', '-1': 2, '': 0 }
    const end = JSON.stringify(others).slice(1, -1)
    expect((await sign(others)).slice(0, -148).endsWith(`"multiaddrs":[],${end}`)).toBe(true)
  })
  test('may come from another realm, and from none', async () => {
    expect(await sign(runInNewContext('({ x: { y: [1] } })'))).toBe(await sign({ x: { y: [1] } }))
    expect(await sign(Object.assign(Object.create(null), { x: 1 }))).toBe(await sign({ x: 1 }))
  })
})
