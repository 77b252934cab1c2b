"""Run spatial_gaps on a layer from the Processing toolbox of QGIS.

In QGIS: Processing > Toolbox > the Python button > Add Script to Toolbox, and choose this file. It calls
the program `spatial-gaps`, which is installed apart from QGIS (pip install spatial-gaps); nothing is needed
inside QGIS's own Python. Works with QGIS 3.22 and later.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from qgis.core import (
    NULL,
    QgsFeatureRequest,
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingOutputFile,
    QgsProcessingOutputHtml,
    QgsProcessingOutputString,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterField,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorLayer,
    QgsVectorFileWriter,
    QgsWkbTypes,
)

DIRECTIONS = ("better", "worse")
# The map that QGIS opens with, the top one last.
LOADED = {"areas": "Areas", "regions_itl1": "Regions", "pockets": "Hidden pockets"}


class AssessLayer(QgsProcessingAlgorithm):
    """Gaps, clusters and hidden pockets of the figures in a column of a layer."""

    def name(self):
        return "assess"

    def displayName(self):
        return "Assess gaps and hidden pockets"

    def group(self):
        return "spatial_gaps"

    def groupId(self):
        return "spatial_gaps"

    def createInstance(self):
        return AssessLayer()

    def shortHelpString(self):
        return (
            "Finds how wide the gaps between UK areas are, where they cluster, and which deprived areas "
            "hide inside better-off regions.\n\nThe layer needs a column of official area codes (such as "
            "E07000145) and a column of figures, one row per area. Its shapes are used if it has any, "
            "else areas are drawn as hexagons. The folder gets a GeoPackage (double-click it: a finished "
            "atlas), a report page, maps and tables.\n\nNeeds the program spatial-gaps "
            "(pip install spatial-gaps)."
        )

    def initAlgorithm(self, config=None):
        add = self.addParameter
        add(QgsProcessingParameterVectorLayer("INPUT", "Areas", [QgsProcessing.TypeVector]))
        add(QgsProcessingParameterField("CODE", "Column of area codes", "", "INPUT"))
        number = QgsProcessingParameterField.Numeric
        add(QgsProcessingParameterField("VALUE", "Column of figures", "", "INPUT", number))
        add(
            QgsProcessingParameterField(
                "SE", "Column of their standard errors", "", "INPUT", number, False, True
            )
        )
        add(QgsProcessingParameterString("PERIOD", "Period, such as 2021 or 2018/19"))
        add(
            QgsProcessingParameterEnum(
                "HIGHER_IS", "Higher figures are", DIRECTIONS, defaultValue=0
            )
        )
        add(QgsProcessingParameterBoolean("SHAPES", "Use the shapes of the layer", True))
        add(
            QgsProcessingParameterString(
                "PROGRAM", "The program spatial-gaps, with its folder if QGIS does not find it",
                "spatial-gaps",
            )
        )  # fmt: skip
        add(QgsProcessingParameterFolderDestination("OUTPUT", "Folder to write to"))
        self.addOutput(QgsProcessingOutputString("FINDING", "Finding"))
        self.addOutput(QgsProcessingOutputFile("GEOPACKAGE", "GeoPackage"))
        self.addOutput(QgsProcessingOutputHtml("REPORT", "Report"))

    def processAlgorithm(self, parameters, context, feedback):
        layer = self.parameterAsVectorLayer(parameters, "INPUT", context)
        code, value, se = (
            self.parameterAsString(parameters, key, context) for key in ("CODE", "VALUE", "SE")
        )
        program = self.parameterAsString(parameters, "PROGRAM", context)
        found = shutil.which(program)
        if found is None:
            raise QgsProcessingException(
                f"There is no program '{program}'. Install it (pip install spatial-gaps), then give its "
                "whole path, which 'where spatial-gaps' (Windows) or 'which spatial-gaps' prints."
            )
        out = Path(self.parameterAsString(parameters, "OUTPUT", context))
        with tempfile.TemporaryDirectory() as folder:
            # Named after the column: that is what titles say.
            table = Path(folder) / "figures.csv"
            write_table(layer, {"code": code, value: value, **({"se": se} if se else {})}, table)
            command = [found, "assess", str(table), "--code", "code", "--value", value]
            command += ["--period", self.parameterAsString(parameters, "PERIOD", context)]
            command += [
                "--higher-is",
                DIRECTIONS[self.parameterAsEnum(parameters, "HIGHER_IS", context)],
            ]
            command += ["--out", str(out)]
            wanted = self.parameterAsBool(parameters, "SHAPES", context)
            if wanted and layer.geometryType() == QgsWkbTypes.PolygonGeometry:
                command += ["--boundaries", write_shapes(layer, code, Path(folder), context)]
            finding = run(command, feedback)
        for name, title in LOADED.items():
            details = QgsProcessingContext.LayerDetails(title, context.project(), title)
            context.addLayerToLoadOnCompletion(
                f"{out / 'assessment.gpkg'}|layername={name}", details
            )
        return {
            "FINDING": finding,
            "GEOPACKAGE": str(out / "assessment.gpkg"),
            "REPORT": str(out / "report.html"),
            "OUTPUT": str(out),
        }


def write_table(layer, columns, path):
    """Write columns of a layer, under the names that the program is told, to a CSV."""
    request = QgsFeatureRequest().setFlags(QgsFeatureRequest.NoGeometry)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for feature in layer.getFeatures(request):
            cells = (feature[column] for column in columns.values())
            writer.writerow("" if cell == NULL else cell for cell in cells)


def write_shapes(layer, code, folder, context):
    """Write codes and shapes of a layer to a GeoPackage and return its path."""
    path = str(folder / "shapes.gpkg")
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.layerName, options.fileEncoding = "GPKG", "shapes", "UTF-8"
    options.attributes = [layer.fields().indexOf(code)]
    done = QgsVectorFileWriter.writeAsVectorFormatV3(
        layer, path, context.transformContext(), options
    )
    if done[0] != QgsVectorFileWriter.NoError:
        raise QgsProcessingException(f"The shapes could not be written: {done[1]}")
    return path


def run(command, feedback):
    """Run the program, show what it says, and return what it prints at the end."""
    # QGIS points Python at its own libraries, which are not those of the program.
    kept = {
        key: text for key, text in os.environ.items() if key not in ("PYTHONHOME", "PYTHONPATH")
    }
    hidden = {"creationflags": subprocess.CREATE_NO_WINDOW} if sys.platform == "win32" else {}
    feedback.pushCommandInfo(subprocess.list2cmdline(command))
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as printed:
        process = subprocess.Popen(
            command, stdout=printed, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
            env={**kept, "PYTHONIOENCODING": "utf-8"}, encoding="utf-8", errors="replace", **hidden,
        )  # fmt: skip
        said = []
        for line in process.stderr:
            said.append(line.rstrip())
            feedback.pushInfo(said[-1])
            if feedback.isCanceled():
                process.terminate()
        process.stderr.close()
        if process.wait():
            starts = [k for k, line in enumerate(said) if line.startswith("Error")] or [0]
            raise QgsProcessingException("\n".join(said[starts[-1] :]) or "spatial-gaps failed")
        printed.seek(0)
        text = printed.read()
    feedback.pushInfo(text)
    return text
