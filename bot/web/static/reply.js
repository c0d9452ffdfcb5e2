// Only comfort: every button of the page works without this file.
(() => {
  "use strict";
  const words = document.getElementById("words");
  const count = document.getElementById("count");
  if (!words || !count) return;
  const said = count.dataset;

  // As bot/conversation/segments.py counts, and bot/staff_texts.py signs.
  const basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
  const twice = "^{}\\[~]|€\f";
  const twins = [
    [/[\u2018\u2019\u201a\u201b`\u00b4\u2032]/g, "'"],
    [/[\u201c\u201d\u201e\u00ab\u00bb\u2033]/g, '"'],
    [/[\u2010-\u2015\u2212\u2022]/g, "-"],
    [/\u2026/g, "..."],
    [/[\t\u00a0\u2009\u202f\u3000]/g, " "],
    [/[\u200b-\u200d\u2060\ufeff\u00ad]/g, ""],
  ];
  const isPlain = (text) => [...text].every((c) => basic.includes(c) || twice.includes(c));
  const plain = (text) => {
    const seen = text.replace(/\r\n?/g, "\n").replaceAll("\t", " ").replace(/(?![\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}]/gu, "").trim();
    const straight = twins.reduce((given, [sign, twin]) => given.replace(sign, twin), seen);
    return isPlain(straight) ? straight : seen;
  };
  const name = said.signed.replace(/^From /, "");
  const ending = new RegExp(`(?<![\\p{L}\\p{N}_])${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(\\s+x+)?[^\\p{L}\\p{N}_]*$`, "iu");
  const signed = (text) => {
    const it = plain(text);
    return !it || ending.test(it) ? it : `${it}${it.includes("\n") ? "\n" : " "}${said.signed}`;
  };
  const segments = (text) => {
    const simple = isPlain(text);
    const size = simple ? [...text].reduce((n, c) => n + (twice.includes(c) ? 2 : 1), 0) : text.length;
    const [alone, joined] = simple ? [160, 153] : [70, 67];
    return size <= alone ? Math.min(size, 1) : Math.ceil(size / joined);
  };

  const show = () => {
    const text = signed(words.value);
    const characters = [...text].length;
    const texts = segments(text);
    const over = characters - Number(said.longest);
    const words_ = over > 0 ? said.over : texts === 1 ? said.one : said.more;
    count.textContent = text
      ? words_.replace("{characters}", characters).replace("{texts}", texts).replace("{over}", over)
      : "";
  };

  // What is typed stays in this tab until it has been sent: a sign-in may run out meanwhile.
  const key = `reply ${location.pathname} ${said.viewer}`;
  const store = (text) => {
    try {
      if (text) sessionStorage.setItem(key, text);
      else sessionStorage.removeItem(key);
    } catch {
      // A browser that keeps nothing keeps nothing.
    }
  };
  const kept = () => {
    try {
      return sessionStorage.getItem(key) || "";
    } catch {
      return "";
    }
  };
  const asked = new URLSearchParams(location.search);
  if (asked.has("sent")) {
    store("");
    history.replaceState(null, "", location.pathname + location.hash);
  } else if (!words.value && kept()) {
    words.value = kept();
    const note = document.createElement("p");
    note.className = "quiet";
    note.textContent = said.kept;
    count.after(note);
  }
  // A screen reader hears the count when the typing rests, not at every letter.
  let resting;
  words.addEventListener("input", () => {
    store(words.value);
    clearTimeout(resting);
    resting = setTimeout(show, 400);
  });
  document.querySelector("form.leave")?.addEventListener("submit", () => sessionStorage.clear());
  show();
})();
