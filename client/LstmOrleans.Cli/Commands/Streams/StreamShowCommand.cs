using System.CommandLine;
using System.Globalization;
using System.Numerics.Tensors;
using System.Text;
using System.Text.Json;
using LstmOrleans.Client;
using LstmOrleans.Contracts.Streams;

namespace LstmOrleans.Cli.Commands.Streams;

/// <summary><c>lstm stream show</c>: where a stream stands.</summary>
internal static class StreamShowCommand
{
    private const string Notes = """
        Examples:
          lstm stream show pump-7
          lstm stream show pump-7 --json --state
        """;

    public static Command Create()
    {
        var key = new Argument<string>("KEY") { Description = "The stream's key." };
        var json = new Option<bool>("--json")
        {
            Description = "One JSON object.",
        };
        var state = new Option<bool>("--state")
        {
            Description = "Print h and c, not only their norms.",
        };
        var server = new ServerOptions();
        var command = new DocumentedCommand("show", "Show a stream's durable state.", Notes) { key, json, state };
        server.AddTo(command);
        command.SetAction(parsed => CommandRunner.Guard(async cancellation =>
        {
            await using var connection = await server.ConnectAsync(parsed, cancellation);
            var name = parsed.GetRequiredValue(key);
            var view = await connection.Client.ShowAsync(name, cancellation);
            if (view.Status == StreamStatus.NotOpen)
                throw new CommandException($"{view.Detail} lstm stream open {name}, or lstm ingest --stream {name}, opens it.");
            if (view.Status is not (StreamStatus.Ok or StreamStatus.Closed))
                throw new CommandException(view.Detail);
            Console.WriteLine(parsed.GetValue(json) ? Json(name, view, parsed.GetValue(state)) : Text(name, view, parsed.GetValue(state)));
        }));
        return command;
    }

    private static string Text(string key, StreamView view, bool state)
    {
        float[] h = LstmClient.ToFloats(view.H), c = LstmClient.ToFloats(view.C);
        var text = new StringBuilder();
        void Add(string name, FormattableString value) =>
            text.AppendLine(CultureInfo.InvariantCulture, $"{name,-18}{FormattableString.Invariant(value)}");

        Add("stream", $"{key}");
        Add("status", $"{view.Status}");
        Add("position", $"{view.Position}");
        Add("durable position", $"{view.DurablePosition}");
        Add("confirmed", $"{view.Confirmed} ({view.KeptAnswers} answers kept)");
        Add("incarnation", $"{view.Incarnation:x16}");
        Add("model", $"{view.ModelHash}");
        Add("mode", $"{view.Mode}{(view.Options == StreamOptions.None ? "" : $", {view.Options}")}");
        Add("history", $"{view.History:x16}");
        Add("last event", $"{StreamText.Time(view.LastEventTime)}");
        Add("silo", $"{view.Silo}");
        Add("|h|, |c|", $"{Norm(h):0.######}, {Norm(c):0.######} ({h.Length} and {c.Length} floats)");
        if (state)
        {
            Add("h", $"{string.Join(' ', h.Select(Number))}");
            Add("c", $"{string.Join(' ', c.Select(Number))}");
        }

        return text.ToString().TrimEnd();
    }

    /// <summary>One JSON object, with h and c if the state is wanted.</summary>
    internal static string Json(string key, StreamView view, bool state)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            float[] h = LstmClient.ToFloats(view.H), c = LstmClient.ToFloats(view.C);
            json.WriteStartObject();
            json.WriteString("stream", key);
            json.WriteString("status", view.Status.ToString());
            json.WriteNumber("position", view.Position);
            json.WriteNumber("durable_position", view.DurablePosition);
            json.WriteNumber("confirmed", view.Confirmed);
            json.WriteNumber("kept_answers", view.KeptAnswers);
            // Text: 64 bits do not fit into the numbers of most JSON readers.
            json.WriteString("incarnation", StreamText.Hex(view.Incarnation));
            json.WriteString("history", StreamText.Hex(view.History));
            json.WriteString("model", view.ModelHash);
            json.WriteString("mode", view.Mode.ToString());
            json.WriteString("options", view.Options.ToString());
            json.WriteString("last_event", StreamText.Time(view.LastEventTime));
            json.WriteString("silo", view.Silo);
            WriteNumber(json, "h_norm", Norm(h));
            WriteNumber(json, "c_norm", Norm(c));
            if (state)
            {
                WriteArray(json, "h", h);
                WriteArray(json, "c", c);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static void WriteArray(Utf8JsonWriter json, string name, float[] values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            // JSON has no word for NaN and infinity; a stream may have been opened to allow them.
            if (float.IsFinite(value))
                json.WriteNumberValue(value);
            else
                json.WriteStringValue(Number(value));
        }

        json.WriteEndArray();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, float value)
    {
        if (float.IsFinite(value))
            json.WriteNumber(name, value);
        else
            json.WriteString(name, Number(value));
    }

    private static string Number(float value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static float Norm(float[] values) => values.Length == 0 ? 0 : TensorPrimitives.Norm<float>(values);
}
