// What the checks in Node share.

const text = (value) => JSON.stringify(value) ?? 'nothing';

export const check = (name, expected, got) => {
    const ok = text(expected) === text(got);
    console.log(ok ? `PASS ${name}` : `FAIL ${name}: expected ${text(expected)}, got ${text(got)}`);
};

// The first `kind` of event that a target has, if it comes in time.
export const once = (target, kind, seconds = 10) =>
    new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`no ${kind} in ${seconds} s`)), 1000 * seconds);
        target.addEventListener(kind, (event) => {
            clearTimeout(late);
            resolve(event);
        }, { once: true });
    });
