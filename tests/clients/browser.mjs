// Headless Chromium against `wirelab serve`: what pages of the server itself and of a foreign origin can do.
// Run by check.sh.
//
//     node browser.mjs URL PROFILE      an empty folder for the browser

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { check, once } from './check.mjs';

const [url, profile] = process.argv.slice(2);
const { host } = new URL(url);

// A page of another site, which a name that points here can be.
const site = createServer((_request, answer) => answer.end('<!doctype html>foreign'));
await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
const foreign = `http://evil.example:${site.address().port}/`;

const browser = spawn('chromium', [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-proxy-server',
    '--host-resolver-rules=MAP evil.example 127.0.0.1', '--remote-debugging-port=0', `--user-data-dir=${profile}`,
    'about:blank',
], { stdio: 'ignore' });
process.on('exit', () => browser.kill());
process.on('SIGTERM', () => process.exit(1));
browser.on('error', (error) => {
    console.error(error);
    process.exit(1);
});

const file = `${profile}/DevToolsActivePort`;
for (let tries = 0; !existsSync(file) || readFileSync(file, 'utf8').split('\n').length < 2; tries++) {
    if (tries > 300) throw new Error('the browser does not start');
    await sleep(100);
}
const [port] = readFileSync(file, 'utf8').split('\n');
const pages = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
const tools = new WebSocket(pages.find(({ type }) => type === 'page').webSocketDebuggerUrl);
await once(tools, 'open');
const waiting = new Map();
const arrived = new EventTarget();
tools.on('message', (text) => {
    const { id, method, result } = JSON.parse(text);
    if (method) arrived.dispatchEvent(new Event(method));
    waiting.get(id)?.(result);
});
let calls = 0;
const call = (method, params = {}) =>
    new Promise((resolve) => {
        waiting.set(++calls, resolve);
        tools.send(JSON.stringify({ id: calls, method, params }));
    });
const visit = async (page) => {
    const loaded = once(arrived, 'Page.loadEventFired', 20);
    await call('Page.navigate', { url: page });
    await loaded;
};
// What a script in the page comes to.
const run = async (script) => {
    const late = `new Promise((resolve) => setTimeout(() => resolve('nothing in 10 s'), 10_000))`;
    const expression = `Promise.race([(async () => { ${script} })(), ${late}]).catch((error) => error.name)`;
    const { result } = await call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    return result.value;
};
await call('Page.enable');

await visit(`${url}/`);
check('browser: fetch polls, and goes on behind the last event', [200, true], await run(`
    const events = await (await fetch('/poll?since=0')).json();
    const last = events.at(-1).id;
    await new Promise((resolve) => setTimeout(resolve, 500));
    const answer = await fetch('/poll?since=' + last);
    return [answer.status, (await answer.json())[0].id === last + 1];
`));
check('browser: fetch waits in a long poll', true, await run(`
    const { id } = await (await fetch('/now')).json();
    return (await (await fetch('/long-poll?since=' + id)).json())[0].id > id;
`));
check('browser: EventSource shows events with their ids', [1, 'message'], await run(`
    const source = new EventSource('/events');
    const seen = [];
    await new Promise((resolve) => source.onmessage = (event) => seen.push(event) === 2 && resolve());
    source.close();
    return [seen[1].lastEventId - seen[0].lastEventId, seen[0].type];
`));
check('browser: WebSocket shows events, talks and closes', [['id', 'text'], '{"received":1}', 1000, true], await run(`
    const socket = new WebSocket('ws://${host}/ws');
    const texts = [];
    socket.onopen = () => socket.send('hello');
    await new Promise((resolve) => socket.onmessage = ({ data }) => {
        texts.push(data);
        if (texts.some((text) => text.includes('received')) && texts.some((text) => text.includes('id'))) resolve();
    });
    const closed = new Promise((resolve) => socket.onclose = resolve);
    socket.close(1000, 'bye');
    const { code, wasClean } = await closed;
    const event = texts.find((text) => text.includes('id'));
    return [Object.keys(JSON.parse(event)), texts.find((text) => text.includes('received')), code, wasClean];
`));
check('browser: WebSocket echoes a private close code', 4000, await run(`
    const socket = new WebSocket('ws://${host}/ws/echo');
    await new Promise((resolve) => socket.onopen = resolve);
    const closed = new Promise((resolve) => socket.onclose = resolve);
    socket.close(4000);
    return (await closed).code;
`));

await visit(foreign);
check('browser: a foreign page opens no WebSocket', 1006, await run(`
    const socket = new WebSocket('ws://${host}/ws');
    return await new Promise((resolve) => {
        socket.onclose = ({ code }) => resolve(code);
        socket.onopen = () => resolve('open');
    });
`));
check('browser: a foreign page reads no poll', 'TypeError', await run(`return (await fetch('${url}/now')).status`));
check('browser: a foreign page reads no stream', 2, await run(`
    const source = new EventSource('${url}/events');
    return await new Promise((resolve) => {
        source.onerror = () => resolve(source.readyState);
        source.onopen = () => resolve('open');
    });
`));
await visit(`http://evil.example:${new URL(url).port}/`);
check('browser: a foreign name for this machine is refused', 421, await run(`return (await fetch('/now')).status`));
// It still writes its profile while it ends.
browser.on('exit', () => process.exit(0));
browser.kill();
