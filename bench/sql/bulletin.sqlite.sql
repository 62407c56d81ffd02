WITH
  services (place, service) AS (VALUES
    (0,'PSYCHOLOGICAL_COUNSELLING'), (1,'SPIRITUAL_COMFORT'), (2,'CRISIS_INTERVENTION'),
    (3,'CARE'), (4,'MATERIAL_AID'), (5,'POLICY_ADVICE'), (6,'EDUCATION'), (7,'MEDICAL'),
    (8,'LEGAL'), (9,'OTHER')),
  domains (place, domain) AS (VALUES
    (0,'SUPPLIES'), (1,'MEDICAL_AID'), (2,'CARE'), (3,'PSYCHOLOGICAL'), (4,'EDUCATION'),
    (5,'LEGAL_AID'), (6,'HOUSING_REPAIR'), (7,'ASSISTIVE_DEVICE'), (8,'EMPLOYMENT'),
    (9,'OTHER')),
  kinds (place, kind) AS (VALUES (0,'CHILD'), (1,'ELDERLY'), (2,'DISABLED')),
  v AS MATERIALIZED (
    SELECT id, station_id, person_id FROM visits WHERE visited_on BETWEEN ?1 AND ?2),
  standing AS MATERIALIZED (
    SELECT v.id, e.kind FROM v JOIN ledger_entries e ON e.person_id = v.person_id
    WHERE e.opened_on <= ?2 AND (e.closed_on IS NULL OR e.closed_on >= ?1)),
  by_kind (place, kind, count) AS (
    SELECT k.place, k.kind, count(DISTINCT s.id)
    FROM kinds k LEFT JOIN standing s ON s.kind = k.kind GROUP BY k.place, k.kind
    UNION ALL
    SELECT 3, NULL, count(*) FROM v
    WHERE person_id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM ledger_entries e WHERE e.person_id = v.person_id
        AND e.opened_on <= ?2 AND (e.closed_on IS NULL OR e.closed_on >= ?1))),
  given AS (
    SELECT s.service, count(*) AS count
    FROM v JOIN visit_services s ON s.visit_id = v.id GROUP BY s.service),
  raised AS (
    SELECT domain, count(*) AS count FROM needs
    WHERE raised_on BETWEEN ?1 AND ?2 GROUP BY domain),
  met AS (
    SELECT domain, count(*) AS count FROM needs
    WHERE status = 'MET' AND settled_on BETWEEN ?1 AND ?2 GROUP BY domain),
  levels AS (
    SELECT instrument, level_rank, level, count(*) AS count FROM assessments
    WHERE assessed_on BETWEEN ?1 AND ?2 GROUP BY instrument, level_rank, level),
  open AS (
    SELECT kind, count(*) AS count FROM ledger_entries
    WHERE opened_on <= ?2 AND (closed_on IS NULL OR closed_on > ?2) GROUP BY kind)
SELECT json_object('bulletin', json_object(
  'stations', json_object('count', (SELECT count(DISTINCT station_id) FROM v)),
  'peopleServed', json_object('count', (SELECT count(DISTINCT person_id) FROM v)),
  'personTimes', json_object('count', (SELECT count(person_id) FROM v)),
  'visits', json_object('count', (SELECT count(*) FROM v)),
  'visitsByKind', json((
    SELECT json_group_array(json_object('kind', kind, 'count', count) ORDER BY place)
    FROM by_kind)),
  'services', json((
    SELECT json_group_array(json_object('service', s.service, 'count', coalesce(g.count, 0)) ORDER BY s.place)
    FROM services s LEFT JOIN given g ON g.service = s.service)),
  'needsRaised', json_object('count', (SELECT coalesce(sum(count), 0) FROM raised), 'byDomain', json((
    SELECT json_group_array(json_object('domain', d.domain, 'count', coalesce(n.count, 0)) ORDER BY d.place)
    FROM domains d LEFT JOIN raised n ON n.domain = d.domain))),
  'needsMet', json_object('count', (SELECT coalesce(sum(count), 0) FROM met), 'byDomain', json((
    SELECT json_group_array(json_object('domain', d.domain, 'count', coalesce(n.count, 0)) ORDER BY d.place)
    FROM domains d LEFT JOIN met n ON n.domain = d.domain))),
  'assessments', json((
    SELECT json_group_array(json_object('instrument', instrument, 'level', level, 'count', count) ORDER BY instrument, level_rank)
    FROM levels)),
  'ledgers', json((
    SELECT json_group_array(json_object('kind', k.kind, 'count', coalesce(o.count, 0)) ORDER BY k.place)
    FROM kinds k LEFT JOIN open o ON o.kind = k.kind))))
