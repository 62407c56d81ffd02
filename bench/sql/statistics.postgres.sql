SELECT json_build_object('statistics', json_build_object('rows', json_agg(json_build_object(
  'county', json_build_object('code', county),
  'month', to_char(month, 'YYYY-MM-DD'),
  'mode', mode,
  'figures', json_build_array(json_build_object('count', visits), json_build_object('count', people))
) ORDER BY county, month, mode)))::text
FROM (
  SELECT substr(division_code, 1, 6) AS county, date_trunc('month', visited_on) AS month, mode,
    count(*) AS visits, count(DISTINCT person_id) AS people
  FROM visits
  GROUP BY county, month, mode
) AS counted
