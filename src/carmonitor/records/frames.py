"""Arrow tables and frames: the same values, column by column."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from carmonitor.records.fields import FieldType

_ARROW: dict[str, pa.DataType] = {
    "str": pa.large_string(),
    "Int64": pa.int64(),
    "float64": pa.float64(),
    "datetime64[us]": pa.date32(),
    "boolean": pa.bool_(),
}
_PANDAS = {
    pa.int64(): pd.Int64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
    pa.large_string(): pd.StringDtype(na_value=float("nan")),
}


def arrow_type(value_type: FieldType) -> pa.DataType:
    """What a field's values are in Arrow: days without a time, numbers in whole smallest units."""
    return _ARROW[value_type.dtype]


def as_frame(table: pa.Table) -> pd.DataFrame:
    """A table of :func:`arrow_type` columns with the dtypes of the data dictionary."""
    for position, field in enumerate(table.schema):
        if field.type == pa.date32():
            table = table.set_column(position, field.name, table.column(position).cast(pa.timestamp("us")))
    frame: pd.DataFrame = table.to_pandas(types_mapper=_PANDAS.get)
    return frame
