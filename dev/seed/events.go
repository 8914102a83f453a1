package seed

type city struct {
	name, zone string
	venues     []string
}

// cities have venues that are made up, and names that a search has to fold.
var cities = []city{
	{"Berlin", "Europe/Berlin", []string{"Spreehalle", "Theater am Kanal", "Arena Ost"}},
	{"München", "Europe/Berlin", []string{"Isarforum", "Olympiahalle Nord", "Kleines Schauspiel"}},
	{"Köln", "Europe/Berlin", []string{"Rheinsaal", "Domarena", "Club Südstadt"}},
	{"Wien", "Europe/Vienna", []string{"Donauhalle", "Theater im Prater", "Konzertsaal Wieden"}},
	{"Zürich", "Europe/Zurich", []string{"Limmathalle", "Seebühne", "Schauspiel Sihl"}},
	{"Genève", "Europe/Zurich", []string{"Théâtre du Rhône", "Salle du Lac", "Arène Léman"}},
	{"Paris", "Europe/Paris", []string{"Salle Belleville", "Théâtre des Quais", "Arène Nord"}},
	{"København", "Europe/Copenhagen", []string{"Havnehallen", "Teatret ved Søerne", "Østerbro Arena"}},
	{"Łódź", "Europe/Warsaw", []string{"Hala Północ", "Teatr Fabryczny", "Klub Manufaktura"}},
	{"London", "Europe/London", []string{"Thames Hall", "The Old Playhouse", "Eastside Arena"}},
	{"Málaga", "Europe/Madrid", []string{"Teatro del Puerto", "Palacio del Mar", "Sala Alameda"}},
	{"New York", "America/New_York", []string{"Hudson Hall", "The Brooklyn Stage", "Eastside Garden"}},
}

type kind struct {
	category        string
	acts, occasions []string
}

var kinds = []kind{
	{"concert", []string{"The Paper Lanterns", "Nordlicht", "Ana Vidal", "Glass Harbour", "Los Faroles", "Mira & the Tides"}, []string{"Live", "Unplugged", "World Tour", "Farewell Show"}},
	{"festival", []string{"Summer Echo", "Riverside Days", "Electric Meadow", "Jazz am See"}, []string{"Day Pass", "Weekend Pass", "Opening Day"}},
	{"theatre", []string{"The Glass Orchard", "Der letzte Zug", "La Maison vide", "Three Keys"}, []string{"Premiere", "Matinee", "Evening"}},
	{"musical", []string{"City of Lights", "The Clockmaker", "Sailing Home"}, []string{"Opening Night", "Matinee", "Evening"}},
	{"comedy", []string{"Tom Arbor", "Lise Kvist", "The Wrong Guests"}, []string{"Stand-up", "New Material", "Late Show"}},
	{"sports", []string{"Harbour Lions", "FC Nordstadt", "Alpine Cup", "City Marathon Gala"}, []string{"Home Game", "Semi-final", "Final"}},
	{"family", []string{"The Little Bear", "Circus Pirouette", "Dinosaurs Alive"}, []string{"Afternoon", "Sunday Show"}},
	{"exhibition", []string{"Light and Water", "A Century of Maps", "Robots at Work"}, []string{"Timed Entry", "Late Opening"}},
	{"conference", []string{"Go Days", "Open Data Forum", "Future of Cities"}, []string{"Full Pass", "Workshop Day"}},
}
