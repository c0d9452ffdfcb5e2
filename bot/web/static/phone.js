// Only comfort: every button of the page works without this file.
(() => {
  "use strict";
  const basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
  const twice = "^{}\\[~]|€\f";
  const byId = (id) => document.getElementById(id);

  if (byId("making")) setTimeout(() => location.reload(), 1000);
  if (!byId("texts")) return;

  // As bot/conversation/segments.py counts.
  const segments = (text) => {
    const plain = [...text].every((c) => basic.includes(c) || twice.includes(c));
    const size = plain ? [...text].reduce((n, c) => n + (twice.includes(c) ? 2 : 1), 0) : text.length;
    const [alone, joined] = plain ? [160, 153] : [70, 67];
    return size <= alone ? Math.min(size, 1) : Math.ceil(size / joined);
  };

  const count = () => {
    const text = byId("words").value;
    const n = segments(text);
    byId("count").textContent = text ? `${[...text].length} characters, ${n} segment${n === 1 ? "" : "s"}` : "";
  };

  // New texts are added to the list, never swapped, so that a screen reader hears those alone.
  const addTexts = (fresh) => {
    const list = byId("texts");
    let added = false;
    for (const item of fresh.getElementById("texts").children) {
      if (byId(item.id)) continue;
      list.append(document.importNode(item, true));
      list.lastElementChild.classList.add("fresh");
      added = true;
    }
    if (added) byId("thread").scrollTop = 0; // the newest: the thread is reversed
  };

  const replace = (fresh, id) => byId(id).replaceWith(document.importNode(fresh.getElementById(id), true));

  const parse = (html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    if (!fresh.getElementById("texts")) throw new Error("another page");
    return fresh;
  };

  // What changes by itself: the clock, a text that fell due, a flag. Never under somebody's hands.
  const follow = (fresh) => {
    addTexts(fresh);
    ["now", "today"].forEach((id) => replace(fresh, id));
    const plain = (page) => page.getElementById("beside").textContent;
    if (plain(fresh) !== plain(document) && !byId("beside").contains(document.activeElement)) replace(fresh, "beside");
  };

  const show = (html) => {
    const fresh = parse(html);
    addTexts(fresh);
    ["now", "today", "beside"].forEach((id) => replace(fresh, id));
    const news = fresh.getElementById("news");
    byId("news").className = news.className;
    byId("news").replaceChildren(...[...news.childNodes].map((node) => document.importNode(node, true)));
    document.querySelector("#compose [name=once]").value = fresh.querySelector("#compose [name=once]").value;
    document.querySelector(".people").replaceWith(document.importNode(fresh.querySelector(".people"), true));
  };

  const send = async (form, button) => {
    const body = new URLSearchParams(new FormData(form, button));
    const again = document.activeElement && document.activeElement.id;
    button.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, { method: "POST", body });
      if (!answer.ok) throw new Error("refused");
      show(await answer.text());
      // What was typed meanwhile is the next text.
      if (form.id === "compose" && byId("words").value === body.get("words").replaceAll("\r\n", "\n")) byId("words").value = "";
      count();
      const target = form.id === "compose" ? byId("words") : byId(again) || byId("gets");
      if (target) target.focus({ preventScroll: true });
    } catch {
      // What was typed stays where it is.
      byId("news").className = "news";
      byId("news").textContent = "That did not get through. Load the page again, then try once more.";
    } finally {
      button.removeAttribute("aria-busy");
    }
  };

  let busy = false;
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    // An earlier page of the thread is left by the ordinary way: its list is not the newest.
    if (!form.closest(".stage") || location.search) return;
    event.preventDefault();
    if (busy) return;
    busy = true;
    await send(form, event.submitter);
    busy = false;
  });
  document.addEventListener("input", (event) => event.target.id === "words" && count());
  document.addEventListener("keydown", (event) => {
    if (event.target.id === "words" && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      byId("compose").requestSubmit(byId("send"));
    }
  });
  setInterval(async () => {
    if (busy || document.hidden || location.search) return;
    try {
      const answer = await fetch(location.pathname);
      const html = await answer.text();
      if (answer.ok && !busy) follow(parse(html));
    } catch {
      // The server is away for a moment; the page that is here stays good.
    }
  }, 15000);
  count();
})();
