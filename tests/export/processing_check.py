"""Run the Processing script as the toolbox does, and print what it returns, as JSON.

usage: processing_check.py SCRIPT LAYER PARAMETERS
"""

from __future__ import annotations

import json
import sys

from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProject,
    QgsVectorLayer,
)

sys.path += ["/usr/share/qgis/python/plugins"]


def main() -> None:
    """Load the script, run it, and print the result, or the error in words."""
    application = QgsApplication([], True)
    application.initQgis()
    from processing.core.Processing import Processing
    from processing.script import ScriptUtils

    Processing.initialize()
    algorithm = ScriptUtils.loadAlgorithm("a_script", sys.argv[1])
    layer = QgsVectorLayer(sys.argv[2], "areas", "ogr")
    QgsProject.instance().addMapLayer(layer)
    context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
    context.setProject(QgsProject.instance())
    parameters = {"INPUT": layer, **json.loads(sys.argv[3])}
    found = {"name": algorithm.displayName(), "help": algorithm.shortHelpString()}
    try:
        found |= algorithm.run(parameters, context, feedback, {}, False)[0]
        found["loaded"] = {
            details.name: QgsVectorLayer(uri, details.name, "ogr").featureCount()
            for uri, details in context.layersToLoadOnCompletion().items()
        }
    except QgsProcessingException as error:
        found["error"] = str(error)
    print(json.dumps(found))  # noqa: T201
    QgsProject.instance().clear()
    application.exitQgis()


if __name__ == "__main__":
    main()
