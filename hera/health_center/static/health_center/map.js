// Health centres on a map. Without tiles (no connection, or none wanted) their places are still there.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const box = document.getElementById("map");
  const data = document.getElementById("map-data");
  if (!box || !data) return;
  const { tiles, places } = JSON.parse(data.textContent);
  const map = L.map(box).setView([39, 35], 4);
  map.attributionControl.setPrefix(false);
  if (tiles) {
    L.tileLayer(tiles, {
      attribution: '&copy; <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a>',
      maxZoom: 19,
      referrerPolicy: "strict-origin", // OpenStreetMap serves nobody who does not say where from
    }).addTo(map);
  }

  const marks = places.map(({ name, place, link }) => {
    const shown = document.createElement("a");
    shown.href = link;
    shown.textContent = name;
    return L.circleMarker(place, { radius: 8 }).bindPopup(shown).addTo(map);
  });
  if (marks.length) map.fitBounds(L.featureGroup(marks).getBounds(), { animate: false, maxZoom: 13, padding: [20, 20] });

  const field = document.querySelector("input[name=geolocation]");
  if (!field) return;
  let mark = null;
  const show = () => {
    const place = field.value.split(",").map(Number);
    if (place.length !== 2 || place.some(Number.isNaN) || !field.value.trim()) return;
    if (mark) mark.setLatLng(place);
    else mark = L.circleMarker(place, { radius: 8 }).addTo(map);
    map.setView(place, Math.max(map.getZoom(), 13), { animate: false });
  };
  map.on("click", ({ latlng }) => {
    field.value = `${latlng.lat.toFixed(5)},${latlng.wrap().lng.toFixed(5)}`;
    show();
  });
  field.addEventListener("change", show);
  show();
});
