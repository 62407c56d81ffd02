"""DuckDB with the visits of the CSV file named, in a table of its own, answering one question over HTTP.

Tells its address once the table is filled, and closes when its input does.
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import duckdb

THREADS = 2
COLUMNS = "{'division_code': 'VARCHAR', 'visited_on': 'DATE', 'mode': 'VARCHAR', 'person_id': 'UUID'}"
QUESTION = """
    SELECT substr(division_code, 1, 6) AS county, CAST(date_trunc('month', visited_on) AS DATE) AS month,
      mode, count(*), count(DISTINCT person_id)
    FROM visits GROUP BY ALL ORDER BY county, month, mode
"""

database = duckdb.connect(config={"threads": THREADS})
database.execute(f"CREATE TABLE visits AS SELECT * FROM read_csv($1, header = false, columns = {COLUMNS})", sys.argv[1:2])


def answer(rows):
    return {
        "data": {
            "statistics": {
                "rows": [
                    {
                        "county": {"code": county},
                        "month": month.isoformat(),
                        "mode": mode,
                        "figures": [{"count": visits}, {"count": people}],
                    }
                    for county, month, mode, visits, people in rows
                ]
            }
        }
    }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        rows = database.cursor().execute(QUESTION).fetchall()
        body = json.dumps(answer(rows)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_port}/", flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
